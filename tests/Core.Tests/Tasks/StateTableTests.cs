using TaskConsole.Core.Tasks;
using static TaskConsole.Core.Tasks.CommandHostStatus;

namespace TaskConsole.Core.Tests.Tasks;

/// <summary>Every pair of states against the table of docs/architecture.md, written down a second time.</summary>
public sealed class StateTableTests
{
    // Row: from. Columns: Pending Dispatched Running Unreachable Succeeded Failed TimedOut Canceled DispatchFailed Skipped.
    private static readonly Dictionary<CommandHostStatus, string> CommandHostTable = new()
    {
        [Pending] = ".x.....xxx",
        [Dispatched] = "..xxxxxxxx",
        [Running] = "...xxxxxxx",
        [Unreachable] = ".xx.xxxxxx",
        [Succeeded] = "..........",
        [Failed] = "..........",
        [TimedOut] = "..........",
        [Canceled] = "..........",
        [DispatchFailed] = "..........",
        [Skipped] = "..........",
    };

    // Columns: Pending AwaitingApproval Queued Running Paused Completed Failed Canceled.
    private static readonly Dictionary<OpsTaskStatus, string> TaskTable = new()
    {
        [OpsTaskStatus.Pending] = ".xx....x",
        [OpsTaskStatus.AwaitingApproval] = "..x....x",
        [OpsTaskStatus.Queued] = "...xxxxx",
        [OpsTaskStatus.Running] = "....xxxx",
        [OpsTaskStatus.Paused] = "..xx.xxx",
        [OpsTaskStatus.Completed] = "........",
        [OpsTaskStatus.Failed] = "........",
        [OpsTaskStatus.Canceled] = "........",
    };

    private static readonly Dictionary<OpsTaskStatus, string> TaskCorrections = new()
    {
        [OpsTaskStatus.Pending] = "........",
        [OpsTaskStatus.AwaitingApproval] = "........",
        [OpsTaskStatus.Queued] = "........",
        [OpsTaskStatus.Running] = "........",
        [OpsTaskStatus.Paused] = "........",
        [OpsTaskStatus.Completed] = "........",
        [OpsTaskStatus.Failed] = ".....x.x",
        [OpsTaskStatus.Canceled] = ".....xx.",
    };

    private static readonly Reason?[] Reasons = [null, .. Enum.GetValues<Reason>().Select(reason => (Reason?)reason)];

    [Fact]
    public void A_CommandHost_moves_as_the_table_says_for_every_pair() =>
        AssertTable(CommandHostTable, StateTable.MayMove);

    [Fact]
    public void A_task_moves_as_the_table_says_for_every_pair() =>
        AssertTable(TaskTable, StateTable.MayMove);

    [Fact]
    public void A_task_is_corrected_as_the_table_says_for_every_pair() =>
        AssertTable(TaskCorrections, StateTable.MayCorrect);

    [Fact]
    public void Terminal_and_active_are_as_the_page_says()
    {
        Assert.Equal([Succeeded, Failed, TimedOut, Canceled, DispatchFailed, Skipped], Enum.GetValues<CommandHostStatus>().Where(StateTable.IsTerminal));
        Assert.Equal([Dispatched, Running, Unreachable], Enum.GetValues<CommandHostStatus>().Where(StateTable.IsActive));
        Assert.Equal([OpsTaskStatus.Completed, OpsTaskStatus.Failed, OpsTaskStatus.Canceled], Enum.GetValues<OpsTaskStatus>().Where(StateTable.IsTerminal));
    }

    [Fact]
    public void Only_an_end_that_the_agent_reported_is_retried()
    {
        var retried = from status in Enum.GetValues<CommandHostStatus>() from reason in Reasons where StateTable.MayRetry(status, reason) select (status, reason);
        Assert.Equal(
            [
                (Failed, Reason.ExitCode), (Failed, Reason.Signal), (Failed, Reason.StartFailed),
                (Failed, Reason.HostRestarted), (Failed, Reason.SupervisorLost), (TimedOut, Reason.Timeout),
            ],
            retried.Select(pair => (pair.status, pair.reason!.Value)));
    }

    [Fact]
    public void Only_what_waits_for_its_retry_is_settled_as_what_it_failed_with()
    {
        foreach (var from in Enum.GetValues<CommandHostStatus>())
        {
            foreach (var to in Enum.GetValues<CommandHostStatus>())
            {
                foreach (var reason in Reasons)
                {
                    Assert.Equal(from == Pending && StateTable.MayRetry(to, reason), StateTable.MayGiveUpRetry(from, 2, to, reason));
                    Assert.False(StateTable.MayGiveUpRetry(from, 1, to, reason));
                }
            }
        }
    }

    [Fact]
    public void Only_a_verdict_without_the_agent_is_corrected()
    {
        foreach (var from in Enum.GetValues<CommandHostStatus>())
        {
            foreach (var reason in Reasons)
            {
                foreach (var to in Enum.GetValues<CommandHostStatus>())
                {
                    foreach (var correction in Reasons)
                    {
                        var open = from == Failed && reason is Reason.AgentLost or Reason.ServerDeadline && from == Failed;
                        var known = to is Succeeded or Failed or TimedOut or Canceled
                            || (to == DispatchFailed && correction is Reason.AgentOffline or Reason.Refused && to == DispatchFailed);
                        Assert.True(
                            StateTable.MayCorrect(from, reason, to, correction) == (open && known),
                            $"{from}/{reason} to {to}/{correction}");
                    }
                }
            }
        }
    }

    [Fact]
    public void Stored_numbers_and_outside_names_never_change()
    {
        Assert.Equal(
            "Pending=0 Dispatched=1 Running=2 Unreachable=3 Succeeded=4 Failed=5 TimedOut=6 Canceled=7 DispatchFailed=8 Skipped=9",
            Numbers<CommandHostStatus>());
        Assert.Equal("Pending=0 AwaitingApproval=1 Queued=2 Running=3 Paused=4 Completed=5 Failed=6 Canceled=7", Numbers<OpsTaskStatus>());
        Assert.Equal(
            "ExitCode=1 Signal=2 StartFailed=3 Timeout=4 TaskTimeout=5 ServerDeadline=6 CanceledByUser=7 AgentOffline=8 WaitExpired=9 Refused=10 "
            + "AgentLost=11 HostRestarted=12 SupervisorLost=13 EarlierCommandFailed=14 RolloutStopped=15 HostOffline=16 HostDraining=17 ResolvedByUser=18",
            Numbers<Reason>());
    }

    private static void AssertTable<T>(Dictionary<T, string> table, Func<T, T, bool> may)
        where T : struct, Enum
    {
        var states = Enum.GetValues<T>();
        Assert.Equal(states.Length, table.Count);
        foreach (var from in states)
        {
            var row = string.Concat(states.Select(to => may(from, to) ? 'x' : '.'));
            Assert.True(table[from] == row, $"{from}: the page says {table[from]}, the code {row}");
        }
    }

    private static string Numbers<T>()
        where T : struct, Enum =>
        string.Join(' ', Enum.GetValues<T>().Select(value => $"{value}={Convert.ToInt32(value, System.Globalization.CultureInfo.InvariantCulture)}"));
}
