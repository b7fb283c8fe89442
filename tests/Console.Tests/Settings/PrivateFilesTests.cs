using System.Diagnostics;
using System.Reflection;
using System.Runtime.Versioning;
using System.Text;
using TaskConsole.Console.Settings;

namespace TaskConsole.Console.Tests.Settings;

/// <summary>What other accounts of the machine may not open, put in the place of something, or own.</summary>
[SupportedOSPlatform("linux")]
public sealed class PrivateFilesTests : IDisposable
{
    private const UnixFileMode OwnerAlone = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode Passable = OwnerAlone | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;
    private const UnixFileMode Open = Passable | UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;
    private const UnixFileMode Readable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const string Nobody = "65534";

    private readonly string _folder = Directory.CreateTempSubdirectory("taskconsole-private-").FullName;

    private string Data => Path.Combine(_folder, "data");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void What_is_ours_and_too_open_is_mended()
    {
        string[] files = ["taskconsole.db", "taskconsole.db-wal", "keys/key-1.xml", "ca/authority.pem", "logs/console-1.jsonl", "console.lock"];
        foreach (var file in files)
        {
            WriteReadable(Path.Combine(Data, file));
        }

        foreach (var folder in (string[])["", "keys", "ca", "logs"])
        {
            File.SetUnixFileMode(Path.Combine(Data, folder), Open);
        }

        WriteReadable(Path.Combine(Data, "notes.txt"));
        var (path, mended) = DataDirectories.Prepare(Data, databaseFile: null);

        Assert.Equal(Data, path);
        Assert.Equal(((string[])[Data, In("keys"), In("ca"), In("logs"), .. files.Select(In)]).Order(StringComparer.Ordinal), mended.Order(StringComparer.Ordinal));
        Assert.All(mended, each => Assert.Equal(UnixFileMode.None, File.GetUnixFileMode(each) & (Open & ~OwnerAlone)));
        Assert.Equal(Readable, File.GetUnixFileMode(In("notes.txt")));
        Assert.Empty(DataDirectories.Prepare(Data, databaseFile: null).Mended);
    }

    [Fact]
    public void A_new_folder_is_its_owners_alone()
    {
        var (_, mended) = DataDirectories.Prepare(Path.Combine(_folder, "new", "data"), databaseFile: null);
        Assert.Empty(mended);
        Assert.Equal(OwnerAlone, File.GetUnixFileMode(Path.Combine(_folder, "new", "data")));
    }

    [Theory]
    [InlineData("taskconsole.db")]
    [InlineData("taskconsole.db-wal")]
    [InlineData("keys")]
    [InlineData("keys/key-1.xml")]
    [InlineData("ca/authority.pem")]
    [InlineData("logs")]
    [InlineData("console.lock")]
    public void A_link_in_place_of_a_file_stops_the_start(string name)
    {
        var target = Path.Combine(_folder, "target");
        WriteReadable(target);
        Directory.CreateDirectory(Path.GetDirectoryName(In(name))!);
        File.CreateSymbolicLink(In(name), target);

        var sentence = Refusal(Data);
        Assert.Contains($"'{In(name)}' is a link", sentence, StringComparison.Ordinal);
        Assert.Equal(Readable, File.GetUnixFileMode(target));
    }

    [Fact]
    public void A_pipe_in_place_of_a_file_stops_the_start()
    {
        Directory.CreateDirectory(Data);
        using (var made = Process.Start("mkfifo", In("taskconsole.db")))
        {
            made.WaitForExit();
        }

        Assert.Contains($"'{In("taskconsole.db")}' is no regular file", Refusal(Data), StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_in_the_path_that_others_can_write_stops_the_start()
    {
        var open = Path.Combine(_folder, "open");
        Directory.CreateDirectory(Path.Combine(open, "data"));
        File.SetUnixFileMode(open, Open);
        var sentence = Refusal(Path.Combine(open, "data"));
        Assert.Contains($"other accounts can write '{open}'", sentence, StringComparison.Ordinal);
        Assert.Contains($"chmod go-w {open}", sentence, StringComparison.Ordinal);

        // As in /tmp: only the owner can put something else in the place of a name.
        File.SetUnixFileMode(open, Open | UnixFileMode.StickyBit);
        Assert.DoesNotContain(DataDirectories.Prepare(Path.Combine(open, "data"), databaseFile: null).Mended, path => path == open);
    }

    [Fact]
    public void A_path_through_links_of_this_account_is_followed_and_looked_at()
    {
        var open = Path.Combine(_folder, "open");
        Directory.CreateDirectory(Path.Combine(open, "data"));
        Directory.CreateSymbolicLink(Path.Combine(_folder, "link"), "open");
        Directory.CreateSymbolicLink(Path.Combine(_folder, "other"), Path.Combine(_folder, "link", "data"));
        Assert.Equal(Path.Combine(open, "data"), DataDirectories.Prepare(Path.Combine(_folder, "other"), databaseFile: null).Path);

        File.SetUnixFileMode(open, Open);
        Assert.Contains($"other accounts can write '{open}'", Refusal(Path.Combine(_folder, "other")), StringComparison.Ordinal);

        Directory.CreateSymbolicLink(Path.Combine(_folder, "round"), "round");
        Assert.Contains("too many links", Refusal(Path.Combine(_folder, "round")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_database_elsewhere_is_looked_at_too()
    {
        var database = Path.Combine(_folder, "elsewhere", "tasks.db");
        WriteReadable(database);
        Assert.Equal([database], DataDirectories.Prepare(Data, database).Mended);

        File.SetUnixFileMode(Path.GetDirectoryName(database)!, Open);
        var sentence = Assert.Throws<WrongSettingException>(() => DataDirectories.Prepare(Data, database)).Message;
        Assert.StartsWith("ConnectionStrings:Database", sentence, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("taskconsole.db")]
    [InlineData("keys")]
    [InlineData("keys/key-1.xml")]
    [InlineData("ca/authority.pem")]
    public void What_belongs_to_somebody_else_stops_the_start_also_of_root(string name)
    {
        NeedsRoot();
        WriteReadable(In("taskconsole.db"));
        WriteReadable(In("keys/key-1.xml"));
        WriteReadable(In("ca/authority.pem"));
        Chown(In(name));
        Assert.Contains($"'{Path.TrimEndingDirectorySeparator(In(name))}' belongs to the user {Nobody}, and the console runs as the user 0", Refusal(Data), StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_in_the_path_of_somebody_else_stops_the_start()
    {
        NeedsRoot();
        var theirs = Path.Combine(_folder, "theirs");
        Directory.CreateDirectory(Path.Combine(theirs, "data"));
        Chown(theirs);
        Assert.Contains($"'{theirs}' belongs to the user {Nobody}", Refusal(Path.Combine(theirs, "data")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_console_of_an_ordinary_account_does_not_start_on_a_folder_of_root()
    {
        NeedsRoot();
        File.SetUnixFileMode(_folder, Passable);
        Directory.CreateDirectory(Data);
        File.SetUnixFileMode(Data, Open);
        using var console = StartConsole(Nobody);
        await console.WaitForExitAsync(TestContext.Current.CancellationToken);
        var sentence = await console.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        Assert.Equal(1, console.ExitCode);
        Assert.Equal($"DataDirectory: '{Data}' belongs to the user 0, and the console runs as the user {Nobody}; run it as the owner, give it to this user with chown, or give another folder.\n", sentence);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(Nobody)]
    public async Task A_console_mends_what_is_too_open_tells_it_in_one_line_and_makes_nothing_that_others_can_open(string? account)
    {
        WriteReadable(In("keys/stray.xml"));
        File.SetUnixFileMode(Data, Passable);
        File.SetUnixFileMode(_folder, Passable);
        if (account is not null)
        {
            NeedsRoot();
            Chown(Data, "-R");
        }

        using var console = StartConsole(account);
        try
        {
            var output = new StringBuilder();
            while (!output.ToString().Contains("no longer can", StringComparison.Ordinal) && await console.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
            {
                output.AppendLine(line);
            }

            var told = output.ToString().Split('\n').Single(line => line.Contains("no longer can", StringComparison.Ordinal));
            Assert.Contains($"{Data}, ", told, StringComparison.Ordinal);
            Assert.Contains(In("keys/stray.xml"), told, StringComparison.Ordinal);
            foreach (var path in Directory.EnumerateFileSystemEntries(Data, "*", SearchOption.AllDirectories).Prepend(Data))
            {
                Assert.True((File.GetUnixFileMode(path) & (Open & ~OwnerAlone)) == UnixFileMode.None, $"{path} is {File.GetUnixFileMode(path)}");
            }

            Assert.True(File.Exists(In("taskconsole.db")));
        }
        finally
        {
            console.Kill();
            await console.WaitForExitAsync(TestContext.Current.CancellationToken);
        }
    }

    private static void NeedsRoot() => Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root can give files away and act as another account.");

    private static string Refusal(string path) => Assert.Throws<WrongSettingException>(() => DataDirectories.Prepare(path, databaseFile: null)).Message;

    private static void WriteReadable(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, "");
        File.SetUnixFileMode(path, Readable);
    }

    private static void Chown(string path, string option = "-h")
    {
        using var chown = Process.Start("chown", [option, Nobody, path]);
        chown.WaitForExit();
        Assert.Equal(0, chown.ExitCode);
    }

    private Process StartConsole(string? account)
    {
        var folder = GetType().Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().First(item => item.Key == "ConsoleFolder").Value!;
        // A console as built reads packages in the builder's home; whose files are whose stays as for any other account.
        string[] through = account is null
            ? []
            : ["setpriv", "--reuid", account, "--regid", account, "--clear-groups", "--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"];
        string[] line = [.. through, Path.Combine(folder, "TaskConsole.Console"), "--Urls", "http://127.0.0.1:0", "--AgentHub:Listen", "127.0.0.1:0", "--DataDirectory", Data];
        return Process.Start(new ProcessStartInfo(line[0], line[1..])
        {
            UseShellExecute = false,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            WorkingDirectory = _folder,
            Environment = { ["HOME"] = _folder },
        })!;
    }

    private string In(string name) => Path.Combine(Data, name);
}
