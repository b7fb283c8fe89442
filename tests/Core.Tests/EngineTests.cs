using System.Runtime.CompilerServices;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using TaskConsole.Core.Problems;
using TaskConsole.Core.Results;
using TaskConsole.Core.Tasks;
using TaskConsole.Core.Tasks.Composing;
using TaskConsole.Core.Tests.Persistence;

namespace TaskConsole.Core.Tests;

/// <summary>Tests of the engine on a real database, each with an engine of its own over an empty store.</summary>
public abstract class EngineTests(TestDatabase database) : DatabaseTests(database)
{
    private TestEngine? _engine;

    internal TestEngine Engine => _engine ?? throw new InvalidOperationException("The engine is started before each test.");

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        _engine = await TestEngine.StartAsync(Database, Settings, with: Add);
    }

    public override async ValueTask DisposeAsync()
    {
        if (_engine is not null)
        {
            await _engine.DisposeAsync();
        }

        await base.DisposeAsync();
    }

    /// <summary>Adds services of the test's own before those of the engine.</summary>
    private protected virtual void Add(IServiceCollection services)
    {
    }

    protected virtual IReadOnlyDictionary<string, string?> Settings { get; } = new Dictionary<string, string?>(StringComparer.Ordinal);

    /// <summary>A task of these scripts on every host.</summary>
    protected static TaskSpec Spec(params string[] scripts) => new()
    {
        Name = "Restart web",
        Commands = [.. scripts.Select(script => new CommandSpec { Script = script })],
        Targets = new TargetSpec { All = true },
        Start = true,
    };

    protected async Task<TaskView> CreateAsync(TaskSpec spec)
    {
        var answer = await Engine.Tasks.CreateAsync(spec, TestEngine.Me, idempotency: null, Cancel);
        Assert.True(answer.TryGet(out var task, out var problem), problem?.ToString());
        return task;
    }

    /// <summary>Creates, starts and dispatches; answers the rows.</summary>
    protected async Task<List<CommandHost>> DispatchedAsync(TaskSpec spec)
    {
        var task = await CreateAsync(spec);
        await Engine.DispatchAsync();
        return await Engine.RowsAsync(task.Id);
    }

    protected static AttemptKey Key(CommandHost row) => new(row.Id, row.Attempt);

    /// <summary>Status and reason of each row of a task, in rollout order, and that the counters agree with them.</summary>
    protected async Task AssertRowsAsync(Guid taskId, params string[] expected)
    {
        await Engine.FlushAsync();
        var rows = await Engine.RowsAsync(taskId);
        Assert.Equal(expected, rows.Select(row => row.Reason is { } reason ? $"{row.Status}/{reason}" : $"{row.Status}"));
        AssertCounters(await Engine.TaskAsync(taskId), rows);
    }

    protected async Task<OpsTaskStatus> StatusAsync(Guid taskId)
    {
        await Engine.FlushAsync();
        return (await Engine.TaskAsync(taskId)).Status;
    }

    protected static T AssertProblem<T>(Problem? problem)
        where T : Problem => Assert.IsType<T>(problem);

    /// <summary>Invariant 4.</summary>
    internal static void AssertCounters(OpsTask task, IReadOnlyCollection<CommandHost> rows)
    {
        int Count(CommandHostStatus status) => rows.Count(row => row.Status == status);
        Assert.Equal(
            (rows.Count, Count(CommandHostStatus.Pending), Count(CommandHostStatus.Dispatched), Count(CommandHostStatus.Running), Count(CommandHostStatus.Unreachable)),
            (task.Total, task.PendingCount, task.DispatchedCount, task.RunningCount, task.UnreachableCount));
        Assert.Equal(
            (Count(CommandHostStatus.Succeeded), Count(CommandHostStatus.Failed), Count(CommandHostStatus.TimedOut), Count(CommandHostStatus.Canceled), Count(CommandHostStatus.DispatchFailed), Count(CommandHostStatus.Skipped)),
            (task.SucceededCount, task.FailedCount, task.TimedOutCount, task.CanceledCount, task.DispatchFailedCount, task.SkippedCount));
        Assert.Equal(rows.Count(row => row is { Status: CommandHostStatus.Skipped, Reason: Reason.HostOffline or Reason.HostDraining }), task.SkippedAsAskedCount);

        var hosts = rows.GroupBy(row => row.HostId).Select(group => group.ToList()).ToList();
        var succeeded = hosts.Count(host => host.TrueForAll(row => row.Status == CommandHostStatus.Succeeded));
        var ended = hosts.Count(host => host.TrueForAll(row => row.Status.IsTerminal()));
        var waiting = hosts.Count(host => host.TrueForAll(row => row is { Status: CommandHostStatus.Pending, Attempt: 1 }));
        Assert.Equal(
            (hosts.Count, waiting, hosts.Count - waiting - ended, succeeded, ended - succeeded),
            (task.HostsTotal, task.HostsWaiting, task.HostsRunning, task.HostsSucceeded, task.HostsFailed));
    }

    /// <summary>How <see cref="ArgumentsOf"/> tells that the test's own actor did it.</summary>
    protected static string ByMe => $"by {TestEngine.Me.Name}, byKind {TestEngine.Me.Kind}, byId {TestEngine.Me.Id}";

    /// <summary>Arguments of an entry of a story, in order: <c>status Failed, reason ExitCode</c>.</summary>
    protected static string ArgumentsOf(StoryEntry told)
    {
        ArgumentNullException.ThrowIfNull(told);
        return string.Join(", ", told.Arguments.Select(argument => $"{argument.Key} {argument.Value}"));
    }

    /// <summary>Waits until something holds that happens in the background, while time passes.</summary>
    protected Task UntilAsync(Func<Task<bool>> condition, [CallerArgumentExpression(nameof(condition))] string awaited = "") => Engine.WaitAsync(
        async () =>
        {
            Engine.Time.Advance(TimeSpan.FromMilliseconds(100));
            return await condition();
        },
        awaited);

    protected Task UntilAsync(Func<bool> condition, [CallerArgumentExpression(nameof(condition))] string awaited = "") =>
        UntilAsync(() => Task.FromResult(condition()), awaited);

    protected async Task SqlAsync(string statement)
    {
        await using var context = Database.Context();
        await context.Database.ExecuteSqlRawAsync(statement, Cancel);
    }

    /// <summary>Every row of every table in one text, to see that nothing changed.</summary>
    protected async Task<string> StoreAsync()
    {
        await using var context = Engine.Read();
        return string.Join(
            '\n',
            System.Text.Json.JsonSerializer.Serialize(await context.Tasks.OrderBy(row => row.Id).ToListAsync(Cancel)),
            System.Text.Json.JsonSerializer.Serialize(await context.Commands.OrderBy(row => row.Id).ToListAsync(Cancel)),
            System.Text.Json.JsonSerializer.Serialize(await context.CommandHosts.OrderBy(row => row.Id).ToListAsync(Cancel)),
            System.Text.Json.JsonSerializer.Serialize(await context.CommandResults.OrderBy(row => row.CommandHostId).ThenBy(row => row.Attempt).ToListAsync(Cancel)),
            System.Text.Json.JsonSerializer.Serialize(await context.OutputFrames.OrderBy(row => row.CommandHostId).ThenBy(row => row.Offset).ToListAsync(Cancel)),
            System.Text.Json.JsonSerializer.Serialize(await context.Hosts.OrderBy(row => row.Id).ToListAsync(Cancel)),
            System.Text.Json.JsonSerializer.Serialize(await context.HostKeys.OrderBy(row => row.Fingerprint).ToListAsync(Cancel)),
            System.Text.Json.JsonSerializer.Serialize(await context.IdempotencyKeys.OrderBy(row => row.Key).ToListAsync(Cancel)));
    }
}
