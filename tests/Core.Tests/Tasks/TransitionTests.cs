using Microsoft.Extensions.DependencyInjection;
using TaskConsole.Core.Acts;
using TaskConsole.Core.Dispatch.Deadlines;
using TaskConsole.Core.Hosts;
using TaskConsole.Core.Outputs;
using TaskConsole.Core.Tasks;
using TaskConsole.Core.Tasks.Composing;
using TaskConsole.Core.Tests.Persistence;

namespace TaskConsole.Core.Tests.Tasks;

/// <summary>Every change of a status is one transition, and reactions hear of each once, in its transaction.</summary>
public abstract class TransitionTests(TestDatabase database) : EngineTests(database)
{
    private readonly WhoDidIt _who = new();

    private protected override void Add(IServiceCollection services) =>
        services.AddSingleton<IReaction, TransitionLog>().AddSingleton<IReaction>(_who);

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await TransitionLog.CreateTableAsync(Database, Cancel);
    }

    [Fact]
    public async Task A_task_that_is_created_and_started_later_is_told_twice_with_who_did_it()
    {
        await Engine.AddHostAsync("a");
        var task = await CreateAsync(Spec("1") with { Start = null });
        await Engine.Tasks.StartAsync(task.Id, TestEngine.Me, Cancel);
        Assert.Equal([("", "Pending"), ("Pending", "Queued")], (await OfAsync(task.Id)).Select(logged => (logged.Was, logged.Became)));
        Assert.All(_who.Actors, actor => Assert.Equal(TestEngine.Me, actor));
        await Engine.DispatchAsync();
        Assert.Equal(Actor.System, _who.Actors[^1]);
        await TransitionLog.AssertCompleteAsync(Engine, Cancel);
    }

    [Fact]
    public async Task A_retry_is_a_failure_and_a_new_wait_and_keeps_what_the_attempt_came_to()
    {
        var agent = await Engine.AddHostAsync("a");
        var rows = await DispatchedAsync(new TaskSpec { Name = "n", Start = true, Targets = new TargetSpec { All = true }, Commands = [new CommandSpec { Script = "1", Retries = 2 }] });
        await agent.StartedAsync(Key(rows[0]));
        await agent.OutputAsync(Key(rows[0]), OutputStream.Stdout, 0, "abc"u8.ToArray());
        await agent.FinishedAsync(Key(rows[0]), exitCode: 3, stdout: 3);
        await Engine.FlushAsync();
        var told = await OfAsync(rows[0].Id);
        Assert.Equal(["Course", "Course", "Course", "Retry"], told.Select(logged => logged.Cause));
        Assert.Matches("^Failed/ExitCode#1 [0-9]+ [0-9]+ 5 [0-9a-f]{64}$", told[2].Became);
        Assert.Equal("Pending/#2    ", told[3].Became);

        // A cancel ends the wait: the attempt that failed counts again, with all that was known of it.
        await Engine.Tasks.CancelAsync(rows[0].TaskId, null, TestEngine.Me, Cancel);
        var last = (await OfAsync(rows[0].Id))[^1];
        Assert.Equal(("RetryGivenUp", told[3].Was), (last.Cause, last.Became));
        await TransitionLog.AssertCompleteAsync(Engine, Cancel);
    }

    [Fact]
    public async Task Lost_and_corrected_executions_are_told_as_corrections_and_so_is_the_task()
    {
        var agent = await Engine.AddHostAsync("a");
        var rows = await DispatchedAsync(Spec("1"));
        await agent.StartedAsync(Key(rows[0]));
        await Engine.FlushAsync();
        await agent.ByeAsync();
        Engine.Time.Advance(TimeSpan.FromHours(1));
        await Engine.Get<DeadlineSweeper>().RunAsync(Cancel);
        await AssertRowsAsync(rows[0].TaskId, "Failed/AgentLost");
        await agent.HelloAsync(new JournalEntryReport(Key(rows[0]), JournalState.Ended, 2, Engine.Time.GetUtcNow()));
        await agent.FinishedAsync(Key(rows[0]));
        await AssertRowsAsync(rows[0].TaskId, "Succeeded");
        Assert.Equal("Correction", (await OfAsync(rows[0].Id))[^1].Cause);
        Assert.Equal(("Correction", "Failed", "Completed"), (await OfAsync(rows[0].TaskId)).Select(logged => (logged.Cause, logged.Was, logged.Became)).Last());
        await TransitionLog.AssertCompleteAsync(Engine, Cancel);
    }

    [Fact]
    public async Task What_a_person_settles_and_what_is_skipped_after_it_is_told()
    {
        var agent = await Engine.AddHostAsync("a");
        var rows = await DispatchedAsync(Spec("1", "2", "3"));
        await agent.ByeAsync();
        Assert.Null((await Engine.Tasks.ResolveAsync(rows[0].Id, CommandHostStatus.Failed, "seen", TestEngine.Me, Cancel)).Problem);
        await AssertRowsAsync(rows[0].TaskId, "Failed/ResolvedByUser", "Skipped/EarlierCommandFailed", "Skipped/EarlierCommandFailed");
        await TransitionLog.AssertCompleteAsync(Engine, Cancel);
    }

    [Fact]
    public async Task A_transaction_that_fails_after_its_reactions_tells_nothing_and_the_next_try_tells_once()
    {
        var agent = await Engine.AddHostAsync("a");
        var rows = await DispatchedAsync(Spec("1"));
        var before = await TransitionLog.ReadAsync(Engine, Cancel);
        await SqlAsync("ALTER TABLE outputs RENAME TO outputs_away");
        try
        {
            await agent.OutputAsync(Key(rows[0]), OutputStream.Stdout, 0, "abc"u8.ToArray());
            await agent.FinishedAsync(Key(rows[0]), stdout: 3);
            await UntilAsync(() => _who.Count > before.Count);
            Assert.Equal(before, await TransitionLog.ReadAsync(Engine, Cancel));
        }
        finally
        {
            // The other tests of the class have the same database.
            await SqlAsync("ALTER TABLE outputs_away RENAME TO outputs");
        }

        await UntilAsync(() => agent.Answers.Contains("end"));
        await TransitionLog.AssertCompleteAsync(Engine, Cancel);
    }

    private async Task<List<LoggedTransition>> OfAsync(Guid subject) =>
        [.. (await TransitionLog.ReadAsync(Engine, Cancel)).Where(logged => logged.Subject == subject.ToString())];

    /// <summary>Who did what, also in transactions that failed.</summary>
    private sealed class WhoDidIt : IReaction
    {
        private readonly List<Actor> _actors = [];

        public IReadOnlyList<Actor> Actors
        {
            get
            {
                lock (_actors)
                {
                    return [.. _actors];
                }
            }
        }

        public int Count => Actors.Count;

        public Task ReactAsync(TransitionBatch batch, CancellationToken cancellationToken)
        {
            lock (_actors)
            {
                _actors.AddRange(batch.Transitions.Select(transition => transition.Actor));
            }

            return Task.CompletedTask;
        }
    }
}

public sealed class SqliteTransitionTests(SqliteDatabase database) : TransitionTests(database), IClassFixture<SqliteDatabase>;

public sealed class MariaDbTransitionTests(MariaDbDatabase database) : TransitionTests(database), IClassFixture<MariaDbDatabase>;
