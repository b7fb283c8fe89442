using System.Text;
using Google.Protobuf;
using TaskConsole.Agent.Tests.Hub;
using TaskConsole.Protocol.V1;

namespace TaskConsole.Agent.Tests.Agents;

/// <summary>A test hub and a real agent that is connected to it.</summary>
public sealed class AgentFixture : IAsyncDisposable
{
    private readonly List<AgentProcess> _agents = [];
    private readonly HashSet<string> _dataDirectories = new(StringComparer.Ordinal);

    private AgentFixture(TestHub hub, TemporaryFolder data)
    {
        Hub = hub;
        Data = data;
    }

    public TestHub Hub { get; }

    public TemporaryFolder Data { get; }

    public AgentProcess Agent => _agents[^1];

    public static Task<AgentFixture> StartAsync(HubState? state = null, string? program = null, params string[] more) =>
        StartAsync(state, new AgentLaunch { Program = program, Arguments = more });

    public static async Task<AgentFixture> StartAsync(HubState? state, AgentLaunch launch)
    {
        var fixture = new AgentFixture(await TestHub.StartAsync(state), new TemporaryFolder());
        await fixture.StartAgentAsync(launch);
        return fixture;
    }

    /// <summary>Starts an agent on the same data directory, and returns its session.</summary>
    public async Task<HubSessionRecord> StartAgentAsync(AgentLaunch? launch = null)
    {
        launch ??= new AgentLaunch();
        var next = Hub.State.SessionCount + 1;
        var data = launch.DataDirectory.Length > 0 ? launch.DataDirectory : Data.Path;
        _dataDirectories.Add(data);
        _agents.Add(AgentProcess.Start(launch with { Hub = Hub.Address, DataDirectory = data }));
        try
        {
            return await Hub.State.SessionAsync(next);
        }
        catch (TimeoutException failure)
        {
            throw new TimeoutException(failure.Message + Environment.NewLine + Agent.Log, failure);
        }
    }

    public HubSessionRecord Session => Hub.State.Sessions[^1];

    public Task SendAsync(HubMessage message) => Session.SendAsync(message);

    /// <summary>Sends an Execute and returns what follows its fate.</summary>
    public async Task<AttemptView> ExecuteAsync(string script, Action<Execute>? change = null)
    {
        var view = new AttemptView(Hub.State, Guid.CreateVersion7());
        await SendAsync(new HubMessage { Execute = MakeExecute(view, script, change) });
        return view;
    }

    public static Execute MakeExecute(AttemptView view, string script, Action<Execute>? change = null)
    {
        var execute = new Execute
        {
            Key = view.Key,
            TaskId = ByteString.CopyFrom(Guid.CreateVersion7().ToByteArray(bigEndian: true)),
            NotAfterMs = TimeProvider.System.GetUtcNow().AddMinutes(5).ToUnixTimeMilliseconds(),
            Interpreter = { "/bin/sh" },
            TimeoutMs = 60_000,
            KillGraceMs = 2_000,
            OutputHeadBytes = view.Hub.OutputHeadBytes,
            OutputTailBytes = view.Hub.OutputTailBytes,
            TaskName = "a test",
            Payload = new Payload { Script = ByteString.CopyFrom(script, Encoding.UTF8) },
        };
        change?.Invoke(execute);
        return execute;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var agent in _agents)
        {
            await agent.DisposeAsync();
            // Shown when the test fails.
            TestContext.Current.TestOutputHelper?.WriteLine(agent.Log);
        }

        await Hub.DisposeAsync();
        foreach (var folder in _dataDirectories)
            ProcessTable.KillCarriersOf(folder);
        Data.Dispose();
    }
}
