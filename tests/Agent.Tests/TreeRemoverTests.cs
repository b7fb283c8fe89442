using System.Runtime.InteropServices;
using TaskConsole.Agent.Execution;
using TaskConsole.Agent.Files;
using TaskConsole.Agent.Tests.Agents;

namespace TaskConsole.Agent.Tests;

/// <summary>Deleting a folder in which somebody else is at work.</summary>
public sealed partial class TreeRemoverTests : IDisposable
{
    private const uint Exchange = 2;
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task Folders_that_are_swapped_for_links_meanwhile_lead_to_nothing_outside()
    {
        var outside = Directory.CreateDirectory(Path.Combine(_folder.Path, "outside")).FullName;
        for (var i = 0; i < 100; i++)
            await File.WriteAllTextAsync(Path.Combine(outside, $"precious{i}"), "", TestContext.Current.CancellationToken);
        using var over = new CancellationTokenSource();
        for (var round = 0; round < 30; round++)
        {
            var victim = Directory.CreateDirectory(Path.Combine(_folder.Path, "parent", "victim")).FullName;
            for (var i = 0; i < 20; i++)
            {
                var inner = Directory.CreateDirectory(Path.Combine(victim, $"folder{i}", "inner")).FullName;
                for (var file = 0; file < 10; file++)
                    await File.WriteAllTextAsync(Path.Combine(inner, $"file{file}"), "", TestContext.Current.CancellationToken);
                File.CreateSymbolicLink(Path.Combine(victim, $"link{i}"), outside);
            }

            // Through an open folder, as the process that was left running has its own: renaming the folder does not stop it.
            using var swapping = CancellationTokenSource.CreateLinkedTokenSource(over.Token);
            using var place = Descriptors.Open(victim, Libc.PathOnly | Libc.Directory);
            var swapped = 0;
            var swapper = new Thread(() =>
            {
                while (!swapping.IsCancellationRequested)
                {
                    for (var i = 0; i < 20; i++)
                        swapped += Rename((int)place.DangerousGetHandle(), $"folder{i}", (int)place.DangerousGetHandle(), $"link{i}", Exchange) == 0 ? 1 : 0;
                }
            });
            swapper.Start();
            var remover = new TreeRemover(Path.GetDirectoryName(victim)!);
            remover.Remove("victim", TestContext.Current.CancellationToken);
            await swapping.CancelAsync();
            swapper.Join();
            Assert.True(remover.RemoveLeaving(TestContext.Current.CancellationToken));
            Assert.Empty(Directory.EnumerateFileSystemEntries(Path.GetDirectoryName(victim)!));
            Assert.Equal(100, Directory.GetFiles(outside).Length);
        }
    }

    [Fact]
    public void What_another_process_makes_without_end_does_not_keep_a_deletion_going()
    {
        var victim = Directory.CreateDirectory(Path.Combine(_folder.Path, "parent", "victim")).FullName;
        using var stop = new CancellationTokenSource();
        using var place = Descriptors.Open(victim, Libc.PathOnly | Libc.Directory);
        var maker = new Thread(() =>
        {
            for (var i = 0; !stop.IsCancellationRequested; i++)
                _ = MakeFolder((int)place.DangerousGetHandle(), $"n{i}", 0b111_000_000);
        });
        maker.Start();
        var remover = new TreeRemover(Path.GetDirectoryName(victim)!);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(2));
        remover.Remove("victim", patience.Token);
        stop.Cancel();
        maker.Join();
        Assert.True(remover.RemoveLeaving(TestContext.Current.CancellationToken));
    }

    [Fact]
    public void What_is_not_there_is_gone_and_a_file_goes_like_a_folder()
    {
        var remover = new TreeRemover(_folder.Path);
        Assert.True(remover.Remove("nothing", TestContext.Current.CancellationToken));
        File.WriteAllText(Path.Combine(_folder.Path, "file"), "");
        Assert.True(remover.Remove("file", TestContext.Current.CancellationToken));
        Assert.True(new TreeRemover(Path.Combine(_folder.Path, "no-such-folder")).Remove("x", TestContext.Current.CancellationToken));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.Path));
    }

    public void Dispose() => _folder.Dispose();

    [LibraryImport("libc", EntryPoint = "renameat2", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Rename(int fromFolder, string from, int toFolder, string to, uint flags);

    [LibraryImport("libc", EntryPoint = "mkdirat", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MakeFolder(int folder, string name, uint mode);
}
