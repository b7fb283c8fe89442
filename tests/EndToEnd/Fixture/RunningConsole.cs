using System.Globalization;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using TaskConsole.Harness;

namespace TaskConsole.EndToEnd.Fixture;

/// <summary>The real console, as built, with a demo fleet: started once for a collection of tests and stopped after it.</summary>
public abstract partial class RunningConsole : IAsyncLifetime
{
    /// <summary>How many demo agents run.</summary>
    public const int Agents = 5;

    private readonly string _folder = Directory.CreateTempSubdirectory("taskconsole-e2e-").FullName;
    private ConsoleProcess _process = null!;

    /// <summary>The administrator's token.</summary>
    public string Token { get; } = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24));

    /// <summary>Lets an agent ask to join.</summary>
    public string JoinToken { get; } = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24));

    /// <summary>Where the web listens.</summary>
    public Uri Address => _process.Address;

    /// <summary>Where the hub listens.</summary>
    public int HubPort => _process.HubPort;

    /// <summary>The console's data directory; the demo agents' are in its <c>demo</c>.</summary>
    public string DataDirectory => _process.DataDirectory;

    /// <summary>The one-time link that it printed at its last start.</summary>
    public Uri SignInLink => new(SignInLine().Match(Log).Groups["link"].Value);

    /// <summary>What it printed.</summary>
    public string Log => _process.Log;

    /// <summary>REST with the administrator's token.</summary>
    public RestApi Api { get; private set; } = null!;

    /// <summary>Why the tests of this collection cannot run here; null: they can.</summary>
    public virtual string? SkipReason => null;

    /// <summary>A look into the database from outside.</summary>
    internal abstract StoreLook Store { get; }

    /// <summary>Settings of the database.</summary>
    protected abstract IReadOnlyDictionary<string, string> DatabaseSettings();

    public virtual async ValueTask InitializeAsync()
    {
        if (SkipReason is not null)
        {
            return;
        }

        var settings = new Dictionary<string, string>(DatabaseSettings(), StringComparer.Ordinal)
        {
            ["Security__BootstrapApiToken"] = Token,
            ["Agents__JoinToken"] = JoinToken,
            ["AgentHub__OfflineAfterSeconds"] = "2",
        };
        _process = new ConsoleProcess(_folder, settings, "--demo", Agents.ToString(CultureInfo.InvariantCulture));
        Api = new RestApi(Address, Token);
        await StartAsync();
    }

    /// <summary>Starts it, and waits until every demo agent is online.</summary>
    public Task StartAsync() =>
        _process.StartAsync(async () => (await Api.GetAsync("/hosts?status=Online")).GetProperty("total").GetInt32() >= Agents);

    /// <summary>Stops it as an operator would.</summary>
    public Task StopAsync() => _process.StopAsync();

    public virtual async ValueTask DisposeAsync()
    {
        if (SkipReason is null)
        {
            await StopAsync();
            Api.Dispose();
        }

        Directory.Delete(_folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Starts one more agent. It is not approved by a person: the demo fleet's console approves by itself.</summary>
    internal ChildProcess StartAgent(string name, string dataDirectory, string? joinToken = null, string? fingerprint = null) => ChildProcess.Start(
        BuiltPrograms.Agent,
        ["--hub", $"https://127.0.0.1:{HubPort}", "--ca-sha256", fingerprint ?? AuthorityFingerprint(), "--name", name, "--label", "extra=yes", "--data-dir", dataDirectory, "--stop-with-stdin"],
        new Dictionary<string, string>(StringComparer.Ordinal) { ["TASKCONSOLE_JOIN_TOKEN"] = joinToken ?? JoinToken },
        _folder);

    /// <summary>A new folder that goes with the console.</summary>
    internal string NewFolder(string name) => Directory.CreateDirectory(Path.Combine(_folder, name)).FullName;

    /// <summary>SHA-256 of the hub's authority, as the demo agents were told it.</summary>
    private string AuthorityFingerprint()
    {
        var agent = Processes.WithCommandLine(Path.Combine(DataDirectory, "demo", "demo-01"))[0];
        var arguments = File.ReadAllText($"/proc/{agent}/cmdline").Split('\0');
        return arguments[Array.IndexOf(arguments, "--ca-sha256") + 1];
    }

    [GeneratedRegex(@"^Sign in: (?<link>\S+)\s*$", RegexOptions.Multiline | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex SignInLine();
}
