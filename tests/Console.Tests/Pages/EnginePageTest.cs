using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using TaskConsole.AgentHub;
using TaskConsole.Core;
using TaskConsole.Core.Dispatch;
using TaskConsole.Core.Hosts;
using TaskConsole.Core.Outputs;
using TaskConsole.Core.Results;
using TaskConsole.Core.Tasks;
using TaskConsole.Core.Tasks.Composing;

namespace TaskConsole.Console.Tests.Pages;

/// <summary>A component test over the real engine and a real database; the test speaks for the agents.</summary>
public abstract class EnginePageTest : PageTest, IAsyncLifetime, IAttemptEventOrigin
{
    private static readonly HostFactsReport Facts = new("debian", "13", "6.12", "x64", 2, 1 << 30, "0.1.0", new Dictionary<string, string>(StringComparer.Ordinal));
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("taskconsole-pages-");
    private readonly Agents _agents = new();
    private readonly Dictionary<Guid, long> _epochs = [];
    private IHostedService[] _started = [];
    private long _sequence = 1;

    protected EnginePageTest()
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new("AgentHub:Listen", "127.0.0.1:5081")]).Build();
        Services.AddSingleton<IConfiguration>(configuration);
        Services.AddLogging();
        Services.AddDataProtection().UseEphemeralDataProtectionProvider();
        Services.AddAgentHub(configuration, _folder.FullName);
        Services.AddTaskEngine(configuration, _folder.FullName);
        Services.AddSingleton<IAgentGateway>(_agents);
    }

    protected TaskService Tasks => Services.GetRequiredService<TaskService>();

    protected TaskQueries Queries => Services.GetRequiredService<TaskQueries>();

    protected HostService Hosts => Services.GetRequiredService<HostService>();

    private HostSessions Sessions => Services.GetRequiredService<HostSessions>();

    private ResultPipeline Pipeline => Services.GetRequiredService<ResultPipeline>();

    public async ValueTask InitializeAsync()
    {
        await Services.MigrateStoreAsync(CancellationToken.None);
        _started = [.. Services.GetServices<IHostedService>().Where(service => service.GetType().Assembly == typeof(TaskEngine).Assembly)];
        foreach (var service in _started)
        {
            await service.StartAsync(CancellationToken.None);
        }
    }

    protected override async ValueTask DisposeAsyncCore()
    {
        foreach (var service in _started.Reverse())
        {
            await service.StopAsync(CancellationToken.None);
        }

        await base.DisposeAsyncCore();
        _folder.Delete(recursive: true);
    }

    /// <summary>A key asks to join under a name; nobody has decided.</summary>
    protected async Task<HostView> AskAsync(string name, params (string Name, string Value)[] labels)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await Sessions.EnrolAsync(
            new EnrolmentRequest
            {
                Name = name,
                PublicKey = key.ExportSubjectPublicKeyInfo(),
                JoinToken = await Sessions.JoinTokenAsync(CancellationToken.None),
                Labels = labels.ToDictionary(label => label.Name, label => label.Value, StringComparer.Ordinal),
                Facts = Facts,
                Address = "192.0.2.7",
            },
            CancellationToken.None);
        return (await Hosts.ListAsync(new HostFilter { Search = name, Asking = true }, new PageRequest(1, 10), Me, CancellationToken.None)).Value.Items.Single(host => host.Name == name);
    }

    /// <summary>An approved host, connected unless told otherwise.</summary>
    protected async Task<HostView> AddHostAsync(string name, bool connect = true, params (string Name, string Value)[] labels)
    {
        var host = await AskAsync(name, labels);
        host = (await Hosts.ApproveAsync(host.Id, Me, CancellationToken.None)).Value;
        if (connect)
        {
            var opening = await Sessions.OpenAsync(
                new HelloReport
                {
                    HostId = host.Id,
                    BootId = "boot",
                    JournalId = Guid.NewGuid().ToByteArray(),
                    JournalSequence = 1,
                    Attempts = [],
                    Facts = Facts,
                    Load = new HostLoad(0.25, 0.5, 0.75, 1L << 33, 0),
                    Address = "192.0.2.7",
                },
                CancellationToken.None);
            _epochs[host.Id] = opening!.SessionEpoch;
        }

        return host;
    }

    protected async Task<TaskView> CreateAsync(string name, int commands = 1, bool start = false) => (await Tasks.CreateAsync(
        new TaskSpec
        {
            Name = name,
            Commands = [.. Enumerable.Range(1, commands).Select(number => new CommandSpec { Name = $"step {number}", Script = "true" })],
            Targets = new TargetSpec { All = true },
            Start = start,
        },
        Me,
        idempotency: null,
        CancellationToken.None)).Value;

    /// <summary>The next order that went to an agent.</summary>
    protected async Task<ExecuteOrder> NextOrderAsync()
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (true)
        {
            if (_agents.Executes.TryDequeue(out var order))
            {
                return order;
            }

            await Task.Delay(20, deadline.Token);
        }
    }

    protected ValueTask StartedAsync(ExecuteOrder order) => Pipeline.SubmitAsync(
        new AttemptStarted(order.Key, order.HostId, _epochs[order.HostId], this) { JournalSequence = ++_sequence, ClaimedAt = Now, StartedAt = Now },
        CancellationToken.None);

    protected ValueTask OutputAsync(ExecuteOrder order, long offset, string text, OutputStream stream = OutputStream.Stdout) => Pipeline.SubmitAsync(
        new AttemptOutput(order.Key, order.HostId, _epochs[order.HostId], this)
        {
            Stream = stream,
            Offset = offset,
            Length = Encoding.UTF8.GetByteCount(text),
            Order = ++_sequence,
            Content = Encoding.UTF8.GetBytes(text),
        },
        CancellationToken.None);

    protected ValueTask FinishedAsync(ExecuteOrder order, int exitCode = 0, long stdout = 0, long stderr = 0) => Pipeline.SubmitAsync(
        new AttemptFinished(order.Key, order.HostId, _epochs[order.HostId], this)
        {
            Outcome = AttemptOutcome.Exited,
            ExitCode = exitCode,
            JournalSequence = ++_sequence,
            ClaimedAt = Now,
            StartedAt = Now,
            FinishedAt = Now,
            DurationMs = 1234,
            StdoutBytes = stdout,
            StderrBytes = stderr,
        },
        CancellationToken.None);

    private static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    void IAttemptEventOrigin.OutputCommitted(AttemptKey key, OutputStream stream, long offset)
    {
    }

    void IAttemptEventOrigin.EndCommitted(AttemptKey key)
    {
    }

    void IAttemptEventOrigin.ResendNeeded(AttemptKey key, OutputStream stream, long offset)
    {
    }

    void IAttemptEventOrigin.Refused(AttemptKey key, string why)
    {
    }

    private sealed class Agents : IAgentGateway
    {
        public ConcurrentQueue<ExecuteOrder> Executes { get; } = new();

        public bool TryExecute(ExecuteOrder order)
        {
            Executes.Enqueue(order);
            return true;
        }

        public bool TryCancel(CancelOrder order) => true;

        public void Disconnect(Guid hostId)
        {
        }
    }
}
