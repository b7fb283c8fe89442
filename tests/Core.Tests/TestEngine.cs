using System.Diagnostics;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Time.Testing;
using TaskConsole.Core.Acts;
using TaskConsole.Core.Dispatch;
using TaskConsole.Core.Hosts;
using TaskConsole.Core.Leadership;
using TaskConsole.Core.Outputs;
using TaskConsole.Core.Persistence;
using TaskConsole.Core.Persistence.Sqlite;
using TaskConsole.Core.Results;
using TaskConsole.Core.Tasks;
using TaskConsole.Core.Tests.Persistence;
using Host = TaskConsole.Core.Hosts.Host;

namespace TaskConsole.Core.Tests;

/// <summary>
/// The whole engine over a real database. The test holds the clock, the agents (<see cref="Gateway"/>) and the scheduler:
/// what agents say is committed by the real pipeline in the background, and nothing is dispatched unless asked for.
/// </summary>
internal sealed class TestEngine : IAsyncDisposable
{
    public static readonly Actor Me = new(ActorKind.Person, ActorIds.Of(Guid.Empty, ActorKind.Person, "me"), "me") { Address = "192.0.2.99" };

    public static readonly HostFactsReport Facts = new("debian", "12", "6.1", "x64", 2, 1 << 30, "1.0", new Dictionary<string, string>(StringComparer.Ordinal));
    private static readonly Guid Usual = Guid.NewGuid();
    private static readonly byte[] Bulk = new byte[16_384];
    private static readonly HostLoad Load = new(0.1, 0.2, 0.3, 1 << 30, 0);

    private readonly ServiceProvider _services;
    private readonly List<IHostedService> _started = [];
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("taskconsole-tests-");
    private readonly Guid _nobody = Guid.NewGuid();

    private TestEngine(TestDatabase database, IReadOnlyDictionary<string, string?> settings, Guid instance, Action<IServiceCollection>? with)
    {
        File.WriteAllLines(Path.Combine(_folder.FullName, InstanceIdentity.FileName), [instance.ToString(), File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim(), _folder.FullName]);
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(
            [
                new("Database:Provider", database.Provider.ToString()),
                new("ConnectionStrings:Database", database.ConnectionString),
                .. settings,
            ])
            .Build();
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton<IConfiguration>(configuration);
        services.AddSingleton<TimeProvider>(Time);
        services.AddSingleton<IAgentGateway>(Gateway);
        with?.Invoke(services);
        services.AddDataProtection().UseEphemeralDataProtectionProvider();
        services.AddTaskEngine(configuration, _folder.FullName);
        _services = services.BuildServiceProvider();
    }

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 3, 1, 8, 0, 0, TimeSpan.Zero));

    public RecordingGateway Gateway { get; } = new();

    public TaskService Tasks => Get<TaskService>();

    public TaskQueries Queries => Get<TaskQueries>();

    public HostService Hosts => Get<HostService>();

    public HostSessions Sessions => Get<HostSessions>();

    public ResultPipeline Pipeline => Get<ResultPipeline>();

    public OutputReader Outputs => Get<OutputReader>();

    /// <summary>Starts what commits, and nothing that decides by itself.</summary>
    /// <param name="database">The store.</param>
    /// <param name="settings">As an operator writes them.</param>
    /// <param name="instance">Which console this is; null: the usual one, which leads from now on, as after a restart.</param>
    /// <param name="with">Adds services of the test's own before those of the engine.</param>
    public static async Task<TestEngine> StartAsync(
        TestDatabase database, IReadOnlyDictionary<string, string?>? settings = null, Guid? instance = null, Action<IServiceCollection>? with = null)
    {
        var engine = new TestEngine(database, settings ?? new Dictionary<string, string?>(StringComparer.Ordinal), instance ?? Usual, with);
        await engine.Get<LeaderLease>().TryAsync(CancellationToken.None);
        foreach (var service in new IHostedService[] { engine.Get<WriteAheadLog>(), engine.Get<ActiveKeys>(), engine.Pipeline, engine.Sessions })
        {
            await service.StartAsync(CancellationToken.None);
            engine._started.Add(service);
        }

        return engine;
    }

    public T Get<T>()
        where T : notnull => _services.GetRequiredService<T>();

    /// <summary>A service that would work in the background, not started: the test calls it.</summary>
    public T Background<T>()
        where T : IHostedService => _services.GetServices<IHostedService>().OfType<T>().Single();

    public TaskConsoleContext Read() => Get<Store>().Read();

    /// <summary>An approved host, connected unless told otherwise.</summary>
    public async Task<TestAgent> AddHostAsync(string name, bool connect = true, params (string Name, string Value)[] labels)
    {
        var host = new Host
        {
            Id = Guid.CreateVersion7(),
            Name = name,
            Admission = Admission.Approved,
            Labels = System.Text.Json.JsonSerializer.Serialize(labels.ToDictionary(label => label.Name, label => label.Value, StringComparer.Ordinal)),
            Facts = """{"os":"debian"}""",
            CreatedAt = Time.GetUtcNow(),
        };
        await using (var context = Get<StoreContexts>().CreateDbContext())
        {
            context.Add(host);
            await context.SaveChangesAsync();
        }

        var agent = new TestAgent(this, host.Id, name);
        if (connect)
        {
            await agent.HelloAsync();
        }

        return agent;
    }

    public async Task<SessionOpening?> OpenAsync(Guid hostId, byte[] journalId, long journalSequence, IReadOnlyList<JournalEntryReport> attempts) =>
        (await HelloAsync(hostId, journalId, journalSequence, attempts, null, null) as HelloAnswer.Opened)?.Opening;

    public Task<HelloAnswer> HelloAsync(Guid hostId, byte[] journalId, long journalSequence, IReadOnlyList<JournalEntryReport> attempts, long? lastEpoch, byte[]? instanceId, string address = "192.0.2.1") =>
        Sessions.OpenAsync(Report(hostId, journalId, journalSequence, attempts) with { Address = address, LastEpoch = lastEpoch, PlaceId = instanceId }, CancellationToken.None);

    /// <summary>What an agent says now.</summary>
    public HelloReport Report(Guid hostId, byte[] journalId, long journalSequence, IReadOnlyList<JournalEntryReport> attempts) => new()
    {
        HostId = hostId,
        SaidAt = Time.GetUtcNow(),
        BootId = "boot",
        JournalId = journalId,
        JournalSequence = journalSequence,
        Attempts = attempts,
        Facts = Facts,
        Load = Load,
        Address = "192.0.2.1",
    };

    /// <summary>Dispatches everything that may be.</summary>
    public async Task DispatchAsync()
    {
        while (await Background<Scheduler>().RoundAsync(CancellationToken.None))
        {
            // There may be more.
        }
    }

    /// <summary>
    /// Waits until the pipeline has committed all that was handed in before: bulk goes behind small events, while these are
    /// fewer than half a group, and behind older bulk. Not bulk from the start of an output, which waits for time to pass.
    /// </summary>
    public async Task FlushAsync()
    {
        var barrier = new Barrier();
        await Pipeline.SubmitAsync(
            new AttemptOutput(new AttemptKey(_nobody, 1), _nobody, 1, barrier) { Stream = OutputStream.Stdout, Offset = 1, Length = Bulk.Length, Order = 1, Content = Bulk },
            CancellationToken.None);
        await barrier.Passed.WaitAsync(TimeSpan.FromMinutes(2));
    }

    /// <summary>The rows of a task in rollout order.</summary>
    public async Task<List<CommandHost>> RowsAsync(Guid taskId)
    {
        await using var context = Read();
        return await context.CommandHosts.Where(row => row.TaskId == taskId).OrderBy(row => row.Id).ToListAsync();
    }

    public async Task<OpsTask> TaskAsync(Guid taskId)
    {
        await using var context = Read();
        return await context.Tasks.SingleAsync(task => task.Id == taskId);
    }

    /// <summary>Waits for something that happens in the background. The deadline finds what hangs; it measures nothing, so it leaves a slow machine its time.</summary>
    /// <exception cref="TimeoutException">The condition did not hold within two minutes.</exception>
    public async Task WaitAsync(Func<Task<bool>> condition, [CallerArgumentExpression(nameof(condition))] string awaited = "")
    {
        var began = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            if (Stopwatch.GetElapsedTime(began) > TimeSpan.FromMinutes(2))
            {
                throw new TimeoutException($"Waited for: {awaited}");
            }

            await Task.Delay(5);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var service in _started)
        {
            await service.StopAsync(CancellationToken.None);
        }

        await _services.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    /// <summary>An event about an attempt that nobody knows comes back when all before it is committed.</summary>
    private sealed class Barrier : IAttemptEventOrigin
    {
        private readonly TaskCompletionSource _passed = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Passed => _passed.Task;

        public void Refused(AttemptKey key, string why) => _passed.TrySetResult();

        public void OutputCommitted(AttemptKey key, OutputStream stream, long offset)
        {
        }

        public void EndCommitted(AttemptKey key)
        {
        }

        public void BackgroundCommitted(AttemptKey key)
        {
        }

        public void ResendNeeded(AttemptKey key, OutputStream stream, long offset)
        {
        }
    }
}
