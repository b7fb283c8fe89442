using System.Security.Cryptography;
using TaskConsole.Harness;

namespace TaskConsole.Faults.Lab;

/// <summary>A real console on one of the stores, with three real agents: started once for a collection of scenarios.</summary>
public abstract class FaultLab : IAsyncLifetime
{
    /// <summary>Lets an agent ask to join.</summary>
    internal const string JoinToken = "a-join-token-for-the-fault-lab";

    /// <summary>How long an agent may be away before what it holds is given up.</summary>
    internal const int AgentLostGraceSeconds = 8;

    private static readonly string[] FleetNames = ["north", "east", "south"];

    private readonly string _token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24));
    private readonly List<LabAgent> _agents = [];
    private readonly HashSet<string> _supervisorsKilled = new(StringComparer.Ordinal);
    private ConsoleProcess? _console;

    /// <summary>Name of the store, for the report.</summary>
    public abstract string StoreName { get; }

    /// <summary>Why the scenarios cannot run here; null: they can.</summary>
    public virtual string? SkipReason => null;

    internal string Folder { get; } = Directory.CreateTempSubdirectory("taskconsole-faults-").FullName;

    internal RestApi Api { get; private set; } = null!;

    internal int HubPort => Console.HubPort;

    internal int ConsoleId => Console.Id;

    internal string ConsoleLog => Console.Log;

    internal string ConsoleData => Console.DataDirectory;

    /// <summary>The three agents of every scenario.</summary>
    internal IReadOnlyList<LabAgent> Fleet { get; private set; } = [];

    /// <summary>Every agent that was started here.</summary>
    internal IReadOnlyList<LabAgent> Agents => _agents;

    private ConsoleProcess Console => _console ?? throw new InvalidOperationException("The lab has not been started.");

    /// <summary>Settings of the database.</summary>
    protected abstract IReadOnlyDictionary<string, string> DatabaseSettings();

    public virtual async ValueTask InitializeAsync()
    {
        if (SkipReason is not null)
        {
            return;
        }

        // Scripts of an agent write here.
        Directory.CreateDirectory(Path.Combine(Folder, "marks"));
        _console = new ConsoleProcess(Folder, new Dictionary<string, string>(DatabaseSettings(), StringComparer.Ordinal)
        {
            ["Security__BootstrapApiToken"] = _token,
            ["Agents__JoinToken"] = JoinToken,
            ["Agents__AutoApprove"] = "true",
            ["AgentHub__Tls"] = "false",
            ["AgentHub__OfflineAfterSeconds"] = "2",
            ["AgentHub__HeartbeatSeconds"] = "1",
            ["AgentHub__EnrolmentsPerMinute"] = "60000",
            ["AgentHub__EnrolmentsPerMinutePerAddress"] = "60000",
            ["Dispatch__AgentLostGraceSeconds"] = $"{AgentLostGraceSeconds}",
            ["Dispatch__KillGraceSeconds"] = "1",
        });
        Api = new RestApi(Console.Address, _token);
        await StartConsoleAsync();
        Fleet = [.. FleetNames.Select(NewAgent)];
        foreach (var agent in Fleet)
        {
            agent.Start();
        }

        foreach (var agent in Fleet)
        {
            await agent.ConnectedAsync();
        }
    }

    public virtual async ValueTask DisposeAsync()
    {
        if (_console is not null)
        {
            await AssertNothingStartedAgainAsync();
        }

        await StopAsync();
        Directory.Delete(Folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Stops everything; once.</summary>
    internal async Task StopAsync()
    {
        while (_agents is [.., var agent])
        {
            await agent.DisposeAsync();
        }

        if (_console is not null)
        {
            await _console.DisposeAsync();
            Api.Dispose();
            _console = null;
        }
    }

    /// <summary>One more agent, not started yet.</summary>
    internal LabAgent NewAgent(string name) => NewAgent(name, Path.Combine(Folder, name));

    internal LabAgent NewAgent(string name, string dataDirectory)
    {
        var agent = new LabAgent(this, name, dataDirectory);
        _agents.Add(agent);
        return agent;
    }

    /// <summary>Kills a supervisor, and notes whose it was.</summary>
    internal void KillSupervisor(int process)
    {
        // …/attempts/ID-NUMBER is its last argument.
        var folder = File.ReadAllText($"/proc/{process}/cmdline").TrimEnd('\0').Split('\0')[^1];
        var attempt = Path.GetFileName(folder);
        var dash = attempt.LastIndexOf('-');
        _supervisorsKilled.Add($"{attempt[..dash]}.{attempt[(dash + 1)..]}");
        Signals.Send(process, Signal.Kill);
    }

    /// <summary>Whether the supervisor of an attempt, named as its mark, was killed by a test.</summary>
    internal bool WasSupervisorKilled(string mark) => _supervisorsKilled.Contains(mark);

    /// <summary>What the audit of a task could not see yet: something that is sent again later, and starts.</summary>
    private async Task AssertNothingStartedAgainAsync()
    {
        // Longer than the hub waits before it sends again.
        await Task.Delay(TimeSpan.FromSeconds(12));
        foreach (var file in Directory.EnumerateFiles(Path.Combine(Folder, "marks")))
        {
            var marks = await File.ReadAllLinesAsync(file);
            Assert.Equal(marks.Distinct(StringComparer.Ordinal), marks);
        }
    }

    /// <summary>It has been stopped.</summary>
    internal void Forget(LabAgent agent) => _agents.Remove(agent);

    internal Task StartConsoleAsync() => Console.StartAsync(async () => (await Api.GetAsync("/hosts")).GetProperty("total").GetInt32() >= 0);

    internal Task KillConsoleAsync() => Console.KillAsync();

    /// <summary>Waits for the console's own end.</summary>
    internal Task ConsoleEndedAsync() => Console.ExitAsync(TimeSpan.FromSeconds(60));

    internal async Task RestartConsoleAsync()
    {
        await KillConsoleAsync();
        await StartConsoleAsync();
    }

    /// <summary>What a scenario left is made whole: everything runs and is connected.</summary>
    internal async Task HealAsync()
    {
        if (Console.HasExited)
        {
            await StartConsoleAsync();
        }

        foreach (var agent in Fleet)
        {
            await agent.HealAsync();
        }
    }
}
