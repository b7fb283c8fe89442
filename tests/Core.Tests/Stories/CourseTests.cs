using TaskConsole.Core.Results;
using TaskConsole.Core.Stories;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Core.Tests.Stories;

/// <summary>The order of a story, and the arguments of its events.</summary>
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

    [Fact]
    public void The_end_is_told_with_what_is_known_of_it()
    {
        var result = Result(started: 0, term: 1_000, finished: 2_000, committed: 3_000);
        (result.Status, result.Reason, result.Killed, result.Background) = (CommandHostStatus.TimedOut, Reason.Timeout, 2, 1);
        var ended = Entries(result).Single(entry => entry.Event == StoryEvent.Ended);
        Assert.Equal(
            ["status: TimedOut", "reason: Timeout", "background: 1", "killed: 2", "escaped: 0"],
            ended.Arguments.Select(argument => $"{argument.Key}: {argument.Value}"));
    }

    [Theory]
    [InlineData("saw it", 500, 1)]
    [InlineData("已在主机上看到", 500, 1)]
    [InlineData("\u0001", 500, 1)]
    [InlineData("😀", 250, 1)]
    [InlineData("x", 10_000, 0.2)]
    [InlineData("😀", 10_000, 0)]
    public void Arguments_are_read_back_and_texts_that_are_too_long_are_cut(string piece, int times, double kept)
    {
        var text = string.Concat(Enumerable.Repeat(piece, times));
        text = kept == 1 ? text[..Math.Min(text.Length, 500)] : text;
        var written = StoryArguments.Write(("status", CommandHostStatus.Failed), ("reason", null), ("text", text));
        var read = StoryArguments.Read(written);
        Assert.InRange(written.Length, 1, StoryArguments.MaxLength);
        Assert.Equal(["status", "text"], read.Keys);
        Assert.Equal("Failed", read["status"].GetString());
        Assert.InRange(read["text"].GetString()!.Length, (int)(text.Length * kept), text.Length);
    }

    private static IEnumerable<StoryEvent> Tell(CommandResult result) => Entries(result).Select(entry => entry.Event);

    private static IReadOnlyList<StoryEntry> Entries(CommandResult result)
    {
        var row = new CommandHost { HostName = "a", Status = result.Status, Attempt = 1, DispatchedAt = Sent };
        return Story.Tell(row, [result], []);
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
