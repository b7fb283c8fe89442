using TaskConsole.Harness;

namespace TaskConsole.Swarm.Compare;

/// <summary>The console of another revision, built in a worktree of its own that goes with it.</summary>
internal sealed class BuiltRevision : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(15);

    private readonly string _repository;
    private readonly string _worktree;

    private BuiltRevision(string repository, string worktree)
    {
        _repository = repository;
        _worktree = worktree;
    }

    /// <summary>The console's file.</summary>
    public string Console => Path.Combine(_worktree, "src", "Console", "bin", "Release", "net10.0", "TaskConsole.Console");

    /// <exception cref="InvalidOperationException">There is no such revision, or it does not build; with what was said.</exception>
    public static async Task<BuiltRevision> BuildAsync(string revision)
    {
        var built = new BuiltRevision(FindRepository(), Path.Combine(Path.GetTempPath(), $"taskconsole-compare-{Guid.NewGuid():N}"));
        await built.RunAsync("git", "-C", built._repository, "worktree", "add", "--detach", built._worktree, revision);
        try
        {
            await built.RunAsync("dotnet", "build", Path.Combine(built._worktree, "src", "Console"), "-c", "Release", "-v", "quiet", "-nologo", "--tl:off");
            return built;
        }
        catch
        {
            await built.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync() => await RunAsync("git", "-C", _repository, "worktree", "remove", "--force", _worktree);

    private async Task RunAsync(string program, params string[] arguments)
    {
        await using var process = ChildProcess.Start(program, arguments, new Dictionary<string, string>(StringComparer.Ordinal), _repository);
        if (await process.ExitAsync(Patience) != 0)
        {
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} failed:{Environment.NewLine}{process.Output}");
        }
    }

    private static string FindRepository()
    {
        var folder = new DirectoryInfo(BuiltPrograms.ConsoleFolder);
        while (!File.Exists(Path.Combine(folder.FullName, "TaskConsole.sln")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("The swarm does not run inside the source tree.");
        }

        return folder.FullName;
    }
}
