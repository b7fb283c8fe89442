using TaskConsole.Core.Dispatch.Deadlines;
using TaskConsole.Core.Hosts;
using TaskConsole.Core.Problems;
using TaskConsole.Core.Results;
using TaskConsole.Core.Stories;
using TaskConsole.Core.Tasks;
using TaskConsole.Core.Tasks.Composing;
using TaskConsole.Core.Tests.Persistence;

namespace TaskConsole.Core.Tests.Stories;

/// <summary>What is told of an execution, and what was given up: found alive, killed, tried again, settled by a person.</summary>
public abstract class StoryTests(TestDatabase database) : EngineTests(database)
{
    [Fact]
    public async Task An_ordinary_course_is_told_without_a_row_of_its_own()
    {
        var a = await Engine.AddHostAsync("a");
        var rows = await DispatchedAsync(Spec() with { Commands = [new CommandSpec { Script = "1", Retries = 1 }] });
        await a.StartedAsync(Key(rows[0]));
        await a.FinishedAsync(Key(rows[0]), exitCode: 3);
        await Engine.FlushAsync();
        Assert.Equal(["Dispatched#1", "Claimed#1", "Started#1", "Ended#1 status Failed, reason ExitCode, exitCode 3", "Committed#1", "Retried#2"], await StoryAsync(rows[0].Id));
        await using var context = Engine.Read();
        Assert.Empty(context.CommandHostEvents);
    }

    [Fact]
    public async Task Away_and_back_and_a_cancel_are_told_in_order()
    {
        var a = await Engine.AddHostAsync("a");
        var rows = await DispatchedAsync(Spec("1"));
        Engine.Time.Advance(TimeSpan.FromSeconds(1));
        await a.StartedAsync(Key(rows[0]));
        await Engine.FlushAsync();
        Engine.Time.Advance(TimeSpan.FromSeconds(1));
        await a.ByeAsync();
        Engine.Time.Advance(TimeSpan.FromSeconds(1));
        await a.HelloAsync(new JournalEntryReport(Key(rows[0]), JournalState.Running, 1, Engine.Time.GetUtcNow()));
        Engine.Time.Advance(TimeSpan.FromSeconds(1));
        await Engine.Tasks.CancelAsync(rows[0].TaskId, null, TestEngine.Me, Cancel);
        await Engine.Tasks.CancelAsync(rows[0].TaskId, null, TestEngine.Me, Cancel);
        Assert.Equal(["Dispatched#1", "Started#1", "Away#1", "Back#1", $"CancelRequested#1 {ByMe}"], await StoryAsync(rows[0].Id));
    }

    [Fact]
    public async Task What_was_given_up_and_is_found_alive_can_be_canceled_though_its_task_has_ended()
    {
        var a = await Engine.AddHostAsync("a");
        var rows = await LostAsync(a);
        Assert.IsType<Problem.WrongState>((await Engine.Tasks.CancelAsync(rows[0].TaskId, null, TestEngine.Me, Cancel)).Problem);

        await a.HelloAsync(new JournalEntryReport(Key(rows[0]), JournalState.Running, 1, Engine.Time.GetUtcNow()));
        Assert.IsType<Problem.WrongState>((await Engine.Hosts.DeleteAsync(a.HostId, TestEngine.Me, Cancel)).Problem);
        Assert.Equal((true, 1), await MayStillRunAsync(rows[0]));
        Assert.Null((await Engine.Tasks.CancelAsync(rows[0].TaskId, null, TestEngine.Me, Cancel)).Problem);
        Assert.Equal(Key(rows[0]), Assert.Single(Engine.Gateway.Cancels).Key);
        await a.FinishedAsync(Key(rows[0]), AttemptOutcome.Canceled);
        await AssertRowsAsync(rows[0].TaskId, "Canceled/CanceledByUser");
        Assert.Equal((false, 0), await MayStillRunAsync(rows[0]));
        Assert.Equal(
            ["Dispatched#1", "Claimed#1", "Started#1", "Away#1", "GivenUp#1 reason AgentLost", "FoundAlive#1", $"CancelRequested#1 {ByMe}", "Corrected#1 fromStatus Failed, fromReason AgentLost, status Canceled, reason CanceledByUser"],
            (await StoryAsync(rows[0].Id)).Where(told => !told.StartsWith("Ended", StringComparison.Ordinal) && !told.StartsWith("Committed", StringComparison.Ordinal))
                .OrderBy(told => told.StartsWith("Claimed", StringComparison.Ordinal) || told.StartsWith("Started", StringComparison.Ordinal) ? 1 : told.StartsWith("Dispatched", StringComparison.Ordinal) ? 0 : 2));
    }

    [Fact]
    public async Task A_retry_waits_until_what_was_found_alive_has_been_killed_and_has_ended()
    {
        var a = await Engine.AddHostAsync("a");
        var rows = await LostAsync(a);
        await a.HelloAsync(new JournalEntryReport(Key(rows[0]), JournalState.Running, 1, Engine.Time.GetUtcNow()));
        var retry = (await Engine.Tasks.RetryAsync(rows[0].TaskId, TestEngine.Me, Cancel)).Value;
        Assert.Equal(Key(rows[0]), Assert.Single(Engine.Gateway.Cancels).Key);
        await Engine.DispatchAsync();
        await AssertRowsAsync(retry.Id, "Pending");
        await a.FinishedAsync(Key(rows[0]), AttemptOutcome.Canceled);
        await Engine.FlushAsync();
        await Engine.DispatchAsync();
        await AssertRowsAsync(retry.Id, "Dispatched");
    }

    [Fact]
    public async Task A_retry_of_what_may_be_alive_kills_it_when_its_agent_comes_back()
    {
        var a = await Engine.AddHostAsync("a");
        var rows = await LostAsync(a);
        var retry = (await Engine.Tasks.RetryAsync(rows[0].TaskId, TestEngine.Me, Cancel)).Value;
        Assert.Empty(Engine.Gateway.Cancels);
        var opening = await a.HelloAsync(new JournalEntryReport(Key(rows[0]), JournalState.Running, 1, Engine.Time.GetUtcNow()));
        Assert.Equal(ReconcileVerdict.Cancel, Assert.Single(opening.Attempts).Verdict);
        await Engine.DispatchAsync();
        await AssertRowsAsync(retry.Id, "Pending");
    }

    [Fact]
    public async Task What_is_found_alive_while_its_task_goes_on_is_canceled_with_it_and_holds_up_its_host()
    {
        var a = await Engine.AddHostAsync("a");
        var b = await Engine.AddHostAsync("b");
        var rows = await DispatchedAsync(Spec() with
        {
            Commands = [new CommandSpec { Script = "1", OnFailure = OnFailure.Continue }, new CommandSpec { Script = "2" }],
            OfflineHosts = OfflineHosts.Wait,
        });
        await a.StartedAsync(Key(rows[0]));
        await b.StartedAsync(Key(rows[2]));
        await Engine.FlushAsync();
        await a.ByeAsync();
        Engine.Time.Advance(TimeSpan.FromMinutes(5));
        await Engine.Get<DeadlineSweeper>().RunAsync(Cancel);
        await a.HelloAsync(new JournalEntryReport(Key(rows[0]), JournalState.Running, 1, Engine.Time.GetUtcNow()));
        await Engine.DispatchAsync();
        await AssertRowsAsync(rows[0].TaskId, "Failed/AgentLost", "Pending", "Running", "Pending");

        Assert.Null((await Engine.Tasks.CancelAsync(rows[0].TaskId, null, TestEngine.Me, Cancel)).Problem);
        Assert.Equal([Key(rows[0]), Key(rows[2])], Engine.Gateway.Cancels.Select(cancel => cancel.Key).OrderBy(key => key.CommandHostId));
    }

    [Fact]
    public async Task A_repeated_cancel_of_hosts_is_no_error_when_the_task_has_ended()
    {
        var a = await Engine.AddHostAsync("a");
        var rows = await DispatchedAsync(Spec("1"));
        Assert.Null((await Engine.Tasks.CancelAsync(rows[0].TaskId, [a.HostId], TestEngine.Me, Cancel)).Problem);
        await a.FinishedAsync(Key(rows[0]), AttemptOutcome.Canceled);
        await AssertRowsAsync(rows[0].TaskId, "Canceled/CanceledByUser");
        Assert.Null((await Engine.Tasks.CancelAsync(rows[0].TaskId, [a.HostId], TestEngine.Me, Cancel)).Problem);
    }

    [Fact]
    public async Task A_journal_that_fell_behind_what_its_last_session_had_said_is_not_trusted()
    {
        var a = await Engine.AddHostAsync("a");
        var rows = await DispatchedAsync(Spec("1"));
        Engine.Sessions.Heartbeat(a.HostId, a.Epoch, new HostLoad(0, 0, 0, 0, 0), 20);
        await a.ByeAsync();
        a.JournalSequence = 19;
        Assert.Empty((await a.HelloAsync()).Executes);
        await AssertRowsAsync(rows[0].TaskId, "Failed/AgentLost");
    }

    [Fact]
    public async Task What_is_not_in_the_journal_any_more_is_alive_no_more()
    {
        var a = await Engine.AddHostAsync("a");
        var rows = await LostAsync(a);
        await a.HelloAsync(new JournalEntryReport(Key(rows[0]), JournalState.Running, 1, Engine.Time.GetUtcNow()));
        await a.HelloAsync();
        Assert.Null(Assert.Single(await Engine.RowsAsync(rows[0].TaskId)).ActiveHostId);
        await AssertRowsAsync(rows[0].TaskId, "Failed/AgentLost");
    }

    [Theory]
    [InlineData(CommandHostStatus.Succeeded, OpsTaskStatus.Completed)]
    [InlineData(CommandHostStatus.Failed, OpsTaskStatus.Failed)]
    public async Task What_a_person_settled_stands_and_late_truth_is_recorded_beside_it(CommandHostStatus status, OpsTaskStatus verdict)
    {
        var a = await Engine.AddHostAsync("a");
        var rows = await LostAsync(a);
        var settled = (await Engine.Tasks.ResolveAsync(rows[0].Id, status, " saw it on the host ", TestEngine.Me, Cancel)).Value;
        Assert.Equal("resolved.said (text: me: saw it on the host)", Assert.Single(settled.Details).ToString());
        var told = Assert.Single(settled.Story, told => told.Event == StoryEvent.Resolved);
        Assert.Equal((StoryBy.Person, Engine.Time.GetUtcNow(), $"fromStatus Failed, fromReason AgentLost, status {status}, {ByMe}, text saw it on the host"), (told.By, told.At, ArgumentsOf(told)));
        await AssertRowsAsync(rows[0].TaskId, $"{status}/ResolvedByUser");
        Assert.Equal(verdict, await StatusAsync(rows[0].TaskId));

        await a.HelloAsync(new JournalEntryReport(Key(rows[0]), JournalState.Ended, 1, Engine.Time.GetUtcNow()));
        await a.FinishedAsync(Key(rows[0]), exitCode: 7);
        await AssertRowsAsync(rows[0].TaskId, $"{status}/ResolvedByUser");
        var detail = (await Engine.Queries.GetCommandHostAsync(rows[0].Id, TestEngine.Me, Cancel)).Value;
        Assert.Equal((true, 7), (Assert.Single(detail.Attempts).Late, detail.Attempts[0].ExitCode!.Value));
        Assert.Contains(detail.Story, told => told.Event == StoryEvent.Late && ArgumentsOf(told) == "status Failed, reason ExitCode");
        Assert.IsType<Problem.WrongState>((await Engine.Tasks.ResolveAsync(rows[0].Id, status, "again", TestEngine.Me, Cancel)).Problem);
    }

    [Fact]
    public async Task What_was_found_alive_can_be_canceled_after_a_person_settled_it()
    {
        var a = await Engine.AddHostAsync("a");
        var rows = await LostAsync(a);
        await a.HelloAsync(new JournalEntryReport(Key(rows[0]), JournalState.Running, 1, Engine.Time.GetUtcNow()));
        Assert.True((await Engine.Tasks.ResolveAsync(rows[0].Id, CommandHostStatus.Failed, "hangs", TestEngine.Me, Cancel)).Value.MayStillRun);
        Assert.Null((await Engine.Tasks.CancelAsync(rows[0].TaskId, null, TestEngine.Me, Cancel)).Problem);
        Assert.Equal(Key(rows[0]), Assert.Single(Engine.Gateway.Cancels).Key);
        await a.FinishedAsync(Key(rows[0]), AttemptOutcome.Canceled);
        Assert.Equal((false, 0), await MayStillRunAsync(rows[0]));
        await AssertRowsAsync(rows[0].TaskId, "Failed/ResolvedByUser");
    }

    [Fact]
    public async Task What_is_unreachable_can_be_settled_and_the_next_command_runs()
    {
        var a = await Engine.AddHostAsync("a");
        var rows = await DispatchedAsync(Spec("1", "2"));
        await a.StartedAsync(Key(rows[0]));
        await Engine.FlushAsync();
        await a.ByeAsync();
        var away = (await Engine.Queries.GetCommandHostAsync(rows[0].Id, TestEngine.Me, Cancel)).Value;
        Assert.Equal((CommandHostStatus.Unreachable, Engine.Time.GetUtcNow()), (away.Status, away.UnreachableSince));
        var settled = (await Engine.Tasks.ResolveAsync(rows[0].Id, CommandHostStatus.Succeeded, "done by hand", TestEngine.Me, Cancel)).Value;
        Assert.Null(settled.UnreachableSince);
        Assert.Equal($"fromStatus Unreachable, status Succeeded, {ByMe}, text done by hand", ArgumentsOf(settled.Story[^1]));
        await AssertRowsAsync(rows[0].TaskId, "Succeeded/ResolvedByUser", "Pending");
        await a.HelloAsync();
        await Engine.DispatchAsync();
        await AssertRowsAsync(rows[0].TaskId, "Succeeded/ResolvedByUser", "Dispatched");
    }

    [Fact]
    public async Task Only_what_nobody_will_know_can_be_settled_and_only_with_a_reason()
    {
        await Engine.AddHostAsync("a");
        var rows = await DispatchedAsync(Spec("1"));
        Assert.IsType<Problem.WrongState>((await Engine.Tasks.ResolveAsync(rows[0].Id, CommandHostStatus.Failed, "x", TestEngine.Me, Cancel)).Problem);
        Assert.IsType<Problem.Invalid>((await Engine.Tasks.ResolveAsync(rows[0].Id, CommandHostStatus.Canceled, "x", TestEngine.Me, Cancel)).Problem);
        Assert.IsType<Problem.Invalid>((await Engine.Tasks.ResolveAsync(rows[0].Id, CommandHostStatus.Failed, " ", TestEngine.Me, Cancel)).Problem);
        Assert.IsType<Problem.NotFound>((await Engine.Tasks.ResolveAsync(Guid.NewGuid(), CommandHostStatus.Failed, "x", TestEngine.Me, Cancel)).Problem);
    }

    [Fact]
    public async Task A_flapping_host_does_not_fill_the_store()
    {
        var a = await Engine.AddHostAsync("a");
        var rows = await DispatchedAsync(Spec("1"));
        await a.StartedAsync(Key(rows[0]));
        await Engine.FlushAsync();
        for (var turn = 0; turn < 110; turn++)
        {
            await a.ByeAsync();
            await a.HelloAsync(new JournalEntryReport(Key(rows[0]), JournalState.Running, 1, Engine.Time.GetUtcNow()));
        }

        await using var context = Engine.Read();
        Assert.Equal(CommandHostEvent.MaxKept, context.CommandHostEvents.Count());
        await AssertRowsAsync(rows[0].TaskId, "Running");
    }

    private async Task<(bool MayStillRun, int Count)> MayStillRunAsync(CommandHost row)
    {
        await Engine.FlushAsync();
        var detail = (await Engine.Queries.GetCommandHostAsync(row.Id, TestEngine.Me, Cancel)).Value;
        return (detail.MayStillRun, (await Engine.Queries.CountStillRunningAsync(row.TaskId, TestEngine.Me, Cancel)).Value);
    }

    private async Task<List<CommandHost>> LostAsync(TestAgent agent)
    {
        var rows = await DispatchedAsync(Spec("1"));
        await agent.StartedAsync(Key(rows[0]));
        await Engine.FlushAsync();
        Engine.Time.Advance(TimeSpan.FromSeconds(1));
        await agent.ByeAsync();
        Engine.Time.Advance(TimeSpan.FromMinutes(5));
        await Engine.Get<DeadlineSweeper>().RunAsync(Cancel);
        await AssertRowsAsync(rows[0].TaskId, "Failed/AgentLost");
        return rows;
    }

    private async Task<IReadOnlyList<string>> StoryAsync(Guid commandHostId)
    {
        await Engine.FlushAsync();
        var detail = (await Engine.Queries.GetCommandHostAsync(commandHostId, TestEngine.Me, Cancel)).Value;
        return [.. detail.Story.Select(told => $"{told.Event}#{told.Attempt} {ArgumentsOf(told)}".TrimEnd())];
    }
}

public sealed class SqliteStoryTests(SqliteDatabase database) : StoryTests(database), IClassFixture<SqliteDatabase>;

public sealed class MariaDbStoryTests(MariaDbDatabase database) : StoryTests(database), IClassFixture<MariaDbDatabase>;
