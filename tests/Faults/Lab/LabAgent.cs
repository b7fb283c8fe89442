using TaskConsole.Faults.Links;
using TaskConsole.Harness;

namespace TaskConsole.Faults.Lab;

/// <summary>A real agent on a way that can be broken, with a data directory that outlives it.</summary>
internal sealed class LabAgent(FaultLab lab, string name, string dataDirectory) : IAsyncDisposable
{
    private readonly List<ChildProcess> _processes = [];
    private MessageRelay? _relay;

    public string Name => name;

    public string DataDirectory => dataDirectory;

    /// <summary>The way by which it reaches the hub.</summary>
    public AgentLink Link { get; } = new(lab.HubPort);

    /// <summary>Id of the agent's process.</summary>
    public int Id => _processes[^1].Id;

    public bool HasExited => _processes[^1].HasExited;

    /// <summary>What the agent that runs now printed.</summary>
    public string Log => _processes[^1].Output;

    /// <summary>The messages of this agent and the hub pass through a relay from now on.</summary>
    public async Task<MessageRelay> RelayAsync()
    {
        if (_relay is null)
        {
            _relay = await MessageRelay.StartAsync(lab.HubPort);
            Link.Target = _relay.Port;
            await ReconnectAsync();
        }

        return _relay;
    }

    /// <summary>Starts it, in a process group of its own.</summary>
    /// <param name="program">Another copy of the agent's program.</param>
    public void Start(string? program = null) => _processes.Add(ChildProcess.Start(
        "/usr/bin/setsid",
        [program ?? BuiltPrograms.Agent, "--hub", $"http://127.0.0.1:{Link.Port}", "--name", name, "--label", "lab=yes", "--data-dir", dataDirectory, "--stop-with-stdin"],
        new Dictionary<string, string>(StringComparer.Ordinal) { ["TASKCONSOLE_JOIN_TOKEN"] = FaultLab.JoinToken },
        lab.Folder));

    public async Task StartAndConnectAsync(string? program = null)
    {
        Start(program);
        await ConnectedAsync();
    }

    /// <summary>Kills the agent alone: what it supervises goes on.</summary>
    public Task KillAsync() => _processes[^1].KillAsync();

    public async Task RestartAsync()
    {
        await KillAsync();
        await StartAndConnectAsync();
    }

    /// <summary>Waits until the console shows it as online.</summary>
    public async Task ConnectedAsync()
    {
        try
        {
            await Wait.UntilAsync($"{name} to be online", async () => await StatusAsync() == "Online");
        }
        catch (TimeoutException late)
        {
            throw new TimeoutException($"{late.Message} It said:{Environment.NewLine}{Log}", late);
        }
    }

    /// <summary>Waits until the console shows that it is away.</summary>
    public Task AwayAsync() => Wait.UntilAsync($"{name} to be offline", async () => await StatusAsync() == "Offline");

    /// <summary>As the console shows it; null while it does not know it or does not answer.</summary>
    public async Task<string?> StatusAsync()
    {
        try
        {
            var found = (await lab.Api.GetAsync($"/hosts?search={name}")).GetProperty("items").EnumerateArray().Where(host => host.Text("name") == name).ToList();
            return found.Count == 1 ? found[0].Text("status") : null;
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    /// <summary>Its id at the console.</summary>
    public async Task<string> HostIdAsync() =>
        (await lab.Api.GetAsync($"/hosts?search={name}")).GetProperty("items").EnumerateArray().First(host => host.Text("name") == name).Id();

    /// <summary>Breaks the connection and waits for the next session.</summary>
    public async Task ReconnectAsync()
    {
        var before = await ConnectedAtAsync();
        Link.Cut();
        await Wait.UntilAsync($"{name} to come back", async () => await ConnectedAtAsync() is { } now && now != before);
    }

    /// <summary>Everything passes again.</summary>
    public async Task HealAsync()
    {
        Link.Down = Link.Frozen = false;
        Link.CutAfterFromAgent(long.MaxValue);
        Link.CutAfterFromHub(long.MaxValue);
        _relay?.PassAll();
        if (HasExited)
        {
            Start();
        }

        await ConnectedAsync();
    }

    public async ValueTask DisposeAsync()
    {
        lab.Forget(this);
        foreach (var process in _processes)
        {
            if (!process.HasExited)
            {
                await process.KillAsync();
            }

            await process.DisposeAsync();
        }

        foreach (var left in Processes.WithCommandLine(dataDirectory))
        {
            Signals.Send(left, Signal.Kill);
        }

        await Link.DisposeAsync();
        if (_relay is not null)
        {
            await _relay.DisposeAsync();
        }
    }

    private async Task<string?> ConnectedAtAsync()
    {
        var host = (await lab.Api.GetAsync($"/hosts?search={name}")).GetProperty("items").EnumerateArray().First(host => host.Text("name") == name);
        return host.Text("status") == "Online" ? host.Text("connectedAt") : null;
    }
}
