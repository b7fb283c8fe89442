using TaskConsole.Core.Results;
using TaskConsole.Core.Stories;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Core.Tests.Stories;

/// <summary>The order of a story, and what its details can be read back to.</summary>
public sealed class CourseTests
{
    private static readonly DateTimeOffset Sent = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void No_step_is_told_before_the_one_it_follows_when_the_clock_of_the_host_is_some_milliseconds_off()
    {
        Assert.Equal(
            [StoryEvent.Dispatched, StoryEvent.Claimed, StoryEvent.Started, StoryEvent.Ended, StoryEvent.Committed],
            Tell(Result(started: -20, finished: -5, committed: 3)));
    }

    [Fact]
    public void KILL_for_the_rest_of_the_tree_is_told_after_the_end_of_the_interpreter()
    {
        Assert.Equal(
            [StoryEvent.Dispatched, StoryEvent.Claimed, StoryEvent.Started, StoryEvent.TermSent, StoryEvent.Ended, StoryEvent.KillSent, StoryEvent.Committed],
            Tell(Result(started: 0, term: 1_000, finished: 2_000, kill: 6_000, committed: 7_000)));
    }

    [Theory]
    [InlineData("Succeeded", CommandHostStatus.Succeeded, null)]
    [InlineData("Failed/ExitCode, exit code 3", CommandHostStatus.Failed, Reason.ExitCode)]
    public void A_verdict_is_read_back(string detail, CommandHostStatus status, Reason? reason)
    {
        Assert.True(Verdict.TryRead(detail, out var verdict));
        Assert.Equal(new Verdict(status, reason), verdict);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("me: it is fine")]
    [InlineData("Failed/Bored")]
    [InlineData("Failed/ExitCode/2")]
    public void What_is_no_verdict_is_not_read(string? detail)
    {
        Assert.False(Verdict.TryRead(detail, out _));
        Assert.False(VerdictChange.TryRead(detail, out _));
    }

    [Fact]
    public void A_change_is_read_back_with_what_was_said_however_it_is_written()
    {
        var change = new VerdictChange(new Verdict(CommandHostStatus.Failed, Reason.AgentLost), new Verdict(CommandHostStatus.Succeeded, null), "me: a → b; c, d/e");
        Assert.Equal("Failed/AgentLost → Succeeded; me: a → b; c, d/e", change.ToString());
        Assert.True(VerdictChange.TryRead(change.ToString(), out var read));
        Assert.Equal(change, read);
        Assert.True(VerdictChange.TryRead((change with { Said = null }).ToString(), out read));
        Assert.Null(read.Said);
    }

    private static IEnumerable<StoryEvent> Tell(CommandResult result)
    {
        var row = new CommandHost { HostName = "a", Status = result.Status, Attempt = 1, DispatchedAt = Sent };
        return Story.Tell(row, [result], []).Select(entry => entry.Event);
    }

    /// <summary>A result; times in milliseconds after it was sent.</summary>
    private static CommandResult Result(int started, int finished, int committed, int? term = null, int? kill = null) => new()
    {
        Attempt = 1,
        Status = CommandHostStatus.Succeeded,
        DispatchedAt = Sent,
        ClaimedAt = Sent.AddMilliseconds(started),
        StartedAt = Sent.AddMilliseconds(started),
        TermSentAt = term is { } termAt ? Sent.AddMilliseconds(termAt) : null,
        KillSentAt = kill is { } killAt ? Sent.AddMilliseconds(killAt) : null,
        FinishedAt = Sent.AddMilliseconds(finished),
        CommittedAt = Sent.AddMilliseconds(committed),
    };
}
