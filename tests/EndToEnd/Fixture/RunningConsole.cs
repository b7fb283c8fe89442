using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text.RegularExpressions;

namespace TaskConsole.EndToEnd.Fixture;

/// <summary>The real console, as built, with a demo fleet: started once for a collection of tests and stopped after it.</summary>
public abstract partial class RunningConsole : IAsyncLifetime
{
    /// <summary>How many demo agents run.</summary>
    public const int Agents = 5;

    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(90);

    private readonly string _folder = Directory.CreateTempSubdirectory("taskconsole-e2e-").FullName;
    private readonly int _webPort = FreePort.Find();
    private ChildProcess? _process;

    /// <summary>Where the built console is.</summary>
    internal static string ConsoleFolder { get; } = typeof(RunningConsole).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().First(item => item.Key == "ConsoleFolder").Value!;

    /// <summary>The administrator's token.</summary>
    public string Token { get; } = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24));

    /// <summary>Lets an agent ask to join.</summary>
    public string JoinToken { get; } = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24));

    /// <summary>Where the web listens.</summary>
    public Uri Address => new($"http://127.0.0.1:{_webPort}");

    /// <summary>Where the hub listens.</summary>
    public int HubPort { get; } = FreePort.Find();

    /// <summary>The console's data directory; the demo agents' are in its <c>demo</c>.</summary>
    public string DataDirectory => Path.Combine(_folder, "data");

    /// <summary>The one-time link that it printed at its last start.</summary>
    public Uri SignInLink => new(SignInLine().Match(Log).Groups["link"].Value);

    /// <summary>What it printed.</summary>
    public string Log => _process?.Output ?? "";

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

        Api = new RestApi(Address, Token);
        await StartAsync();
    }

    /// <summary>Starts it, and waits until every demo agent is online.</summary>
    public async Task StartAsync()
    {
        var environment = new Dictionary<string, string>(DatabaseSettings(), StringComparer.Ordinal)
        {
            ["Security__BootstrapApiToken"] = Token,
            ["Agents__JoinToken"] = JoinToken,
            ["AgentHub__OfflineAfterSeconds"] = "2",
        };
        _process = ChildProcess.Start(
            Path.Combine(ConsoleFolder, "TaskConsole.Console"),
            ["--demo", Agents.ToString(CultureInfo.InvariantCulture), "--Urls", Address.GetLeftPart(UriPartial.Authority), "--AgentHub:Listen", $"127.0.0.1:{HubPort}", "--DataDirectory", DataDirectory],
            environment,
            _folder);
        try
        {
            await Wait.UntilAsync("the console to be ready with its demo fleet", IsReadyAsync, StartPatience);
        }
        catch (TimeoutException late)
        {
            throw new InvalidOperationException($"{late.Message} It said:{Environment.NewLine}{Log}", late);
        }
    }

    /// <summary>Stops it as an operator would.</summary>
    public async Task StopAsync()
    {
        if (_process is not null)
        {
            await _process.DisposeAsync();
            _process = null;
        }
    }

    public virtual async ValueTask DisposeAsync()
    {
        await StopAsync();
        Api?.Dispose();
        Directory.Delete(_folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Starts one more agent. It is not approved by a person: the demo fleet's console approves by itself.</summary>
    internal ChildProcess StartAgent(string name, string dataDirectory, string? joinToken = null, string? fingerprint = null) => ChildProcess.Start(
        Path.Combine(ConsoleFolder, "agent", "TaskConsole.Agent"),
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

    private async Task<bool> IsReadyAsync()
    {
        if (_process is { HasExited: true } ended)
        {
            throw new InvalidOperationException($"The console ended with {ended.ExitCode}. It said:{Environment.NewLine}{Log}");
        }

        try
        {
            return (await Api.GetAsync("/hosts?status=Online")).GetProperty("total").GetInt32() >= Agents;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    [GeneratedRegex(@"^Sign in: (?<link>\S+)\s*$", RegexOptions.Multiline | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex SignInLine();
}
