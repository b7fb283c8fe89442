using TaskConsole.Core.Dispatch.Deadlines;
using TaskConsole.Core.Hosts;
using TaskConsole.Core.Problems;
using TaskConsole.Core.Stories;
using TaskConsole.Core.Tasks;
using TaskConsole.Core.Tests.Persistence;

namespace TaskConsole.Core.Tests.Dispatch;

/// <summary>What was given up before anybody knew that it had arrived: whether the journal proves that it never did.</summary>
public abstract class NeverDeliveredTests(TestDatabase database) : EngineTests(database)
{
    [Fact]
    public async Task A_journal_that_lacks_what_was_lost_proves_that_it_was_never_delivered()
    {
        var a = await Engine.AddHostAsync("a");
        var row = await LostAsync(a);
        var opening = await a.HelloAsync();
        Assert.Empty(opening.Executes);
        Assert.Empty(opening.Cancels);
        await AssertRowsAsync(row.TaskId, "DispatchFailed/AgentOffline");
        Assert.Equal(OpsTaskStatus.Failed, await StatusAsync(row.TaskId));
        Assert.Equal(new Core.Tasks.HostProgress(1, 0, 0, 0, 1), (await Engine.Queries.GetAsync(row.TaskId, TestEngine.Me, Cancel)).Value.HostProgress);
        var detail = (await Engine.Queries.GetCommandHostAsync(row.Id, TestEngine.Me, Cancel)).Value;
        Assert.Equal(
            [(StoryEvent.GivenUp, "reason AgentLost"), (StoryEvent.Corrected, "fromStatus Failed, fromReason AgentLost, status DispatchFailed, reason AgentOffline")],
            detail.Story.Where(told => told.Event is StoryEvent.GivenUp or StoryEvent.Corrected).Select(told => (told.Event, ArgumentsOf(told))));
        await AssertFreeAsync(a, row.Id);
    }

    [Fact]
    public async Task Another_journal_proves_nothing_then_or_later()
    {
        var a = await Engine.AddHostAsync("a");
        var row = await LostAsync(a);
        a.JournalId = Guid.NewGuid().ToByteArray();
        await a.HelloAsync();
        await AssertRowsAsync(row.TaskId, "Failed/AgentLost");
        await a.HelloAsync();
        await AssertRowsAsync(row.TaskId, "Failed/AgentLost");
        await AssertFreeAsync(a, row.Id);
    }

    [Fact]
    public async Task An_older_journal_proves_nothing_then_or_later()
    {
        var a = await Engine.AddHostAsync("a");
        var row = await LostAsync(a, journalSeen: 20);
        a.JournalSequence = 19;
        await a.HelloAsync();
        await AssertRowsAsync(row.TaskId, "Failed/AgentLost");
        a.JournalSequence = 21;
        await a.HelloAsync();
        await AssertRowsAsync(row.TaskId, "Failed/AgentLost");
    }

    [Fact]
    public async Task What_was_judged_by_another_journal_is_not_judged_again_by_that_one()
    {
        var a = await Engine.AddHostAsync("a");
        var rows = await DispatchedAsync(Spec("1"));
        a.JournalId = Guid.NewGuid().ToByteArray();
        await a.HelloAsync();
        await AssertRowsAsync(rows[0].TaskId, "Failed/AgentLost");
        await a.HelloAsync();
        await AssertRowsAsync(rows[0].TaskId, "Failed/AgentLost");
    }

    [Theory]
    [InlineData(JournalState.Claimed)]
    [InlineData(JournalState.Running)]
    [InlineData(JournalState.Ended)]
    public async Task What_is_in_the_journal_was_delivered_also_when_it_is_not_there_later(JournalState state)
    {
        var a = await Engine.AddHostAsync("a");
        var row = await LostAsync(a);
        await a.HelloAsync(new JournalEntryReport(Key(row), state, 2, state == JournalState.Running ? Engine.Time.GetUtcNow() : null));
        await AssertRowsAsync(row.TaskId, "Failed/AgentLost");
        Assert.Equal(state == JournalState.Ended ? 0 : 1, (await Engine.Hosts.GetAsync(a.HostId, TestEngine.Me, Cancel)).Value.RunningCount);
        if (state == JournalState.Ended)
        {
            await a.FinishedAsync(Key(row));
            await AssertRowsAsync(row.TaskId, "Succeeded");
            Assert.Equal(OpsTaskStatus.Completed, await StatusAsync(row.TaskId));
        }
        else
        {
            await a.HelloAsync();
            await AssertRowsAsync(row.TaskId, "Failed/AgentLost");
        }

        await AssertFreeAsync(a, row.Id);
    }

    [Fact]
    public async Task What_had_started_was_delivered()
    {
        var a = await Engine.AddHostAsync("a");
        var row = await LostAsync(a, started: true);
        await a.HelloAsync();
        await AssertRowsAsync(row.TaskId, "Failed/AgentLost");
    }

    [Fact]
    public async Task What_a_person_settled_stands()
    {
        var a = await Engine.AddHostAsync("a");
        var row = await LostAsync(a);
        Assert.Null((await Engine.Tasks.ResolveAsync(row.Id, CommandHostStatus.Succeeded, "saw it", TestEngine.Me, Cancel)).Problem);
        await a.HelloAsync();
        await AssertRowsAsync(row.TaskId, "Succeeded/ResolvedByUser");
    }

    [Fact]
    public async Task What_nobody_knows_of_is_not_taken_for_alive()
    {
        var a = await Engine.AddHostAsync("a");
        var row = await LostAsync(a);
        Assert.IsType<Problem.WrongState>((await Engine.Tasks.CancelAsync(row.TaskId, null, TestEngine.Me, Cancel)).Problem);
        Assert.Equal(0, (await Engine.Hosts.GetAsync(a.HostId, TestEngine.Me, Cancel)).Value.RunningCount);
        Assert.Null((await Engine.Hosts.DeleteAsync(a.HostId, TestEngine.Me, Cancel)).Problem);
    }

    [Fact]
    public async Task A_retry_is_sent_as_soon_as_the_journal_has_proved_it()
    {
        var a = await Engine.AddHostAsync("a");
        var row = await LostAsync(a);
        var retry = (await Engine.Tasks.RetryAsync(row.TaskId, TestEngine.Me, Cancel)).Value;
        Assert.Empty(Engine.Gateway.Cancels);
        await a.HelloAsync();
        await Engine.DispatchAsync();
        await AssertRowsAsync(row.TaskId, "DispatchFailed/AgentOffline");
        await AssertRowsAsync(retry.Id, "Dispatched");
    }

    [Fact]
    public async Task A_cancel_that_was_accepted_before_is_still_the_verdict()
    {
        var a = await Engine.AddHostAsync("a");
        var row = await LostAsync(a, cancel: true);
        Assert.Equal(OpsTaskStatus.Canceled, await StatusAsync(row.TaskId));
        await a.HelloAsync();
        await AssertRowsAsync(row.TaskId, "DispatchFailed/AgentOffline");
        Assert.Equal(OpsTaskStatus.Canceled, await StatusAsync(row.TaskId));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_the_server_gave_up_while_its_agent_was_here_is_proved_the_same_way(bool sameJournal)
    {
        var a = await Engine.AddHostAsync("a");
        var rows = await DispatchedAsync(Spec("1"));
        Engine.Time.Advance(TimeSpan.FromHours(2));
        await SweepAsync();
        await AssertRowsAsync(rows[0].TaskId, "Failed/ServerDeadline");

        // It may be alive, so it can be killed, and until then nothing follows it.
        Assert.Null((await Engine.Tasks.CancelAsync(rows[0].TaskId, null, TestEngine.Me, Cancel)).Problem);
        Assert.Equal(1, (await Engine.Hosts.GetAsync(a.HostId, TestEngine.Me, Cancel)).Value.RunningCount);
        a.JournalId = sameJournal ? a.JournalId : Guid.NewGuid().ToByteArray();
        await a.HelloAsync();
        await AssertRowsAsync(rows[0].TaskId, sameJournal ? "DispatchFailed/AgentOffline" : "Failed/ServerDeadline");
        await AssertFreeAsync(a, rows[0].Id);
    }

    /// <summary>One that was committed as sent, whose agent was away past the grace.</summary>
    private async Task<CommandHost> LostAsync(TestAgent agent, bool started = false, long journalSeen = 1, bool cancel = false)
    {
        var row = (await DispatchedAsync(Spec("1")))[0];
        if (started)
        {
            await agent.StartedAsync(Key(row));
            await Engine.FlushAsync();
        }

        Engine.Sessions.Heartbeat(agent.HostId, agent.Epoch, new HostLoad(0, 0, 0, 0, 0), Math.Max(journalSeen, agent.JournalSequence));
        await agent.ByeAsync();
        if (cancel)
        {
            Assert.Null((await Engine.Tasks.CancelAsync(row.TaskId, null, TestEngine.Me, Cancel)).Problem);
            Engine.Gateway.Cancels.Clear();
        }

        Engine.Time.Advance(TimeSpan.FromMinutes(5));
        await SweepAsync();
        await AssertRowsAsync(row.TaskId, "Failed/AgentLost");
        return row;
    }

    private async Task AssertFreeAsync(TestAgent agent, Guid commandHostId)
    {
        await using var context = Engine.Read();
        var row = context.CommandHosts.Single(candidate => candidate.Id == commandHostId);
        Assert.Equal((null, null), (row.ActiveHostId, row.UnreachableSince));
        Assert.Equal(0, (await Engine.Hosts.GetAsync(agent.HostId, TestEngine.Me, Cancel)).Value.RunningCount);
    }

    private Task<int> SweepAsync() => Engine.Get<DeadlineSweeper>().RunAsync(Cancel);
}

public sealed class SqliteNeverDeliveredTests(SqliteDatabase database) : NeverDeliveredTests(database), IClassFixture<SqliteDatabase>;

public sealed class MariaDbNeverDeliveredTests(MariaDbDatabase database) : NeverDeliveredTests(database), IClassFixture<MariaDbDatabase>;
