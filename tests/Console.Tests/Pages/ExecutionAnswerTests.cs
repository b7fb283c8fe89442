using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Localization;
using TaskConsole.Console.Components.Stories;
using TaskConsole.Console.Resources;
using TaskConsole.Core.Stories;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Console.Tests.Pages;

/// <summary>What is answered to 'did it run?'.</summary>
public sealed class ExecutionAnswerTests : PageTest
{
    private static readonly DateTimeOffset Sent = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Started = Sent.AddSeconds(1);
    private static readonly DateTimeOffset Over = Sent.AddSeconds(9);

    /// <summary>What is on record, and the answer; times as seconds after it was sent.</summary>
    public static TheoryData<CommandHostStatus, Reason?, bool, bool, string> Cases => new()
    {
        { CommandHostStatus.Pending, null, false, false, "It has not started: it has not been sent to the host yet." },
        { CommandHostStatus.Dispatched, null, true, false, "It was sent at 0; the agent has not said yet whether it started." },
        { CommandHostStatus.Running, null, true, true, "It started at 1 on the host and is running." },
        { CommandHostStatus.Unreachable, null, true, true, "It started at 1; the agent has been away since 5: it may still run." },
        { CommandHostStatus.Unreachable, null, true, false, "It was sent at 0; the agent has been away since 5: nobody knows yet whether it started." },
        { CommandHostStatus.Failed, Reason.AgentLost, true, true, "It started at 1 on the host. It was given up at 9, and nobody knows how it ended; a late word of the agent will correct this." },
        { CommandHostStatus.Failed, Reason.AgentLost, true, false, "It was sent at 0; whether it started is not known. It was given up at 9, and nobody knows how it ended; a late word of the agent will correct this." },
        { CommandHostStatus.Failed, Reason.ResolvedByUser, true, false, "It was sent at 0; whether it started is not known. How it ended is a person's word: settled as failed at 9." },
        { CommandHostStatus.Succeeded, Reason.ResolvedByUser, true, true, "It started at 1 on the host. How it ended is a person's word: settled as succeeded at 9." },
        { CommandHostStatus.Canceled, Reason.CanceledByUser, false, false, "It never started: it was canceled before it was sent to the host." },
        { CommandHostStatus.Canceled, Reason.CanceledByUser, true, false, "It never started: it was canceled before the host began with it." },
        { CommandHostStatus.Canceled, Reason.CanceledByUser, true, true, "It started at 1 on the host and was over at 9. It was canceled." },
        { CommandHostStatus.TimedOut, Reason.Timeout, true, true, "It started at 1 on the host and was over at 9. It ran longer than its timeout allows and was killed." },
        { CommandHostStatus.Failed, Reason.StartFailed, true, false, "It never started. The script could not be started." },
        { CommandHostStatus.Failed, Reason.SupervisorLost, true, true, "It started at 1 on the host and was over at 9. The process on the host that watched over it died." },
        { CommandHostStatus.DispatchFailed, Reason.AgentOffline, false, false, "It never started. The agent of the host was away, so this was never delivered." },
        { CommandHostStatus.DispatchFailed, Reason.Refused, true, false, "It never started. The agent refused to start it." },
        { CommandHostStatus.Skipped, Reason.EarlierCommandFailed, false, false, "It never started. An earlier command on this host did not succeed." },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void It_says_whether_it_ran(CommandHostStatus status, Reason? reason, bool sent, bool started, string answer) =>
        Assert.Equal(answer, Answer(Row(status, reason, sent, started)));

    [Fact]
    public void An_end_is_told_with_exit_code_or_signal()
    {
        var row = Row(CommandHostStatus.Succeeded, null, sent: true, started: true) with { ExitCode = 0 };
        Assert.Equal("It started at 1 on the host and ended at 9 with exit code 0.", Answer(row));
        Assert.Equal("It started at 1 on the host and ended at 9 with exit code 3.", Answer(row with { Status = CommandHostStatus.Failed, Reason = Reason.ExitCode, ExitCode = 3 }));
        Assert.Equal("It started at 1 on the host and was ended at 9 by signal 9.", Answer(row with { Status = CommandHostStatus.Failed, Reason = Reason.Signal, ExitCode = null, Signal = 9 }));
    }

    [Fact]
    public void What_was_given_up_and_may_run_is_told_as_such()
    {
        var row = Row(CommandHostStatus.Failed, Reason.ServerDeadline, sent: true, started: true) with { MayStillRun = true };
        Assert.Equal("It started at 1 on the host. It was given up at 9 because the agent says nothing about it: it may still run.", Answer(row));
        var found = row with { Reason = Reason.AgentLost, Story = [Told(StoryEvent.FoundAlive)], CancelRequestedAt = Sent.AddSeconds(20) };
        Assert.Equal("It started at 1 on the host. It was given up at 9; then its agent came back, and it is still running. A cancel was requested at 20.", Answer(found));
    }

    [Fact]
    public void A_late_word_is_told_as_correction_or_as_what_changed_nothing()
    {
        var row = Row(CommandHostStatus.Succeeded, null, sent: true, started: true) with { ExitCode = 0, Story = [Told(StoryEvent.Corrected, ("fromStatus", "Failed"), ("fromReason", "AgentLost"), ("status", "Succeeded"))] };
        Assert.Equal("It started at 1 on the host and ended at 9 with exit code 0. A late word of the agent corrected the verdict at 12.", Answer(row));
        var settled = Row(CommandHostStatus.Succeeded, Reason.ResolvedByUser, sent: true, started: true) with { Story = [Told(StoryEvent.Resolved), Told(StoryEvent.Late, ("status", "Failed"), ("reason", "ExitCode"))] };
        Assert.EndsWith("settled as succeeded at 12. The agent said later: failed (exit code).", Answer(settled), StringComparison.Ordinal);
    }

    [Fact]
    public void A_cancel_under_way_and_earlier_attempts_are_told()
    {
        var row = Row(CommandHostStatus.Unreachable, null, sent: true, started: true) with { CancelRequestedAt = Sent.AddSeconds(6), Attempt = 3 };
        Assert.Equal("Attempt 2 ran and did not succeed; the next one has not been sent yet.", Answer(Row(CommandHostStatus.Pending, null, sent: false, started: false) with { Attempt = 3 }));
        Assert.EndsWith("A cancel was requested at 6; it reaches the agent when it is back. This is attempt 3; the ones before did not succeed.", Answer(row), StringComparison.Ordinal);
    }

    private string Answer(CommandHostDetail row)
    {
        var texts = Services.GetRequiredService<IStringLocalizer<Text>>();
        return string.Join(' ', ExecutionAnswer.Of(texts, row).Select(said => string.Concat(said.In(texts[said.Key]).Select(
            part => part is DateTimeOffset at ? ((int)(at - Sent).TotalSeconds).ToString(CultureInfo.InvariantCulture) : part))));
    }

    private static StoryEntry Told(StoryEvent what, params ReadOnlySpan<(string Name, object Value)> arguments) =>
        new(Sent.AddSeconds(12), StoryBy.Agent, what, 1, CodedMessage.Of("", arguments).Arguments);

    private static CommandHostDetail Row(CommandHostStatus status, Reason? reason, bool sent, bool started) => new()
    {
        Id = Guid.NewGuid(),
        TaskId = Guid.NewGuid(),
        CommandId = Guid.NewGuid(),
        CommandIndex = 0,
        HostId = Guid.NewGuid(),
        HostName = "web-01",
        Attempt = 1,
        Status = status,
        Reason = reason,
        DispatchedAt = sent ? Sent : null,
        StartedAt = started ? Started : null,
        UnreachableSince = status == CommandHostStatus.Unreachable ? Sent.AddSeconds(5) : null,
        FinishedAt = status.IsTerminal() ? Over : null,
        Attempts = [],
        Story = [],
    };
}
