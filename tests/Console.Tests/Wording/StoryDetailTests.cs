using System.Text.Json;
using TaskConsole.Console.Api;
using TaskConsole.Console.Wording;
using TaskConsole.Core.Stories;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Console.Tests.Wording;

/// <summary>What REST says of a story's entries, in English, beside their arguments.</summary>
public sealed class StoryDetailTests
{
    [Fact]
    public void Each_event_is_told_in_a_few_words()
    {
        AssertTold(null, StoryEvent.Dispatched);
        AssertTold("Failed/ExitCode, exit code 3", StoryEvent.Ended, ("status", "Failed"), ("reason", "ExitCode"), ("exitCode", 3));
        AssertTold("Succeeded, exit code 0, 2 left running in the background", StoryEvent.Ended, ("status", "Succeeded"), ("exitCode", 0), ("background", 2));
        AssertTold("TimedOut/Timeout, 2 killed, 1 of them had left the group", StoryEvent.Ended, ("status", "TimedOut"), ("reason", "Timeout"), ("killed", 2), ("escaped", 1));
        AssertTold("0 killed", StoryEvent.KillSent, ("killed", 0), ("escaped", 0));
        AssertTold("Skipped/HostOffline", StoryEvent.Settled, ("status", "Skipped"), ("reason", "HostOffline"));
        AssertTold("Failed/ExitCode", StoryEvent.Late, ("status", "Failed"), ("reason", "ExitCode"));
        AssertTold("AgentLost", StoryEvent.GivenUp, ("reason", "AgentLost"));
        AssertTold(null, StoryEvent.NotRetried);
        AssertTold("Failed/AgentLost → Canceled/CanceledByUser", StoryEvent.Corrected, ("fromStatus", "Failed"), ("fromReason", "AgentLost"), ("status", "Canceled"), ("reason", "CanceledByUser"));
        AssertTold("Unreachable → Succeeded; me: a → b; c", StoryEvent.Resolved, ("fromStatus", "Unreachable"), ("status", "Succeeded"), ("by", "me"), ("text", "a → b; c"));
        AssertTold("me", StoryEvent.CancelRequested, ("by", "me"));
        AssertTold("AttemptFinished: disk full", StoryEvent.SetAside, ("what", "AttemptFinished: disk full"));
        AssertTold("4096 bytes of later output were dropped, 1 processes were ended on request", StoryEvent.BackgroundEnded, ("droppedBytes", 4_096), ("killed", 1));
    }

    [Fact]
    public void An_answer_has_the_words_and_the_arguments()
    {
        var options = new JsonSerializerOptions();
        ApiJson.Configure(options);
        Assert.Equal(
            """{"at":"1970-01-01T00:00:00.000Z","by":"Hub","event":"GivenUp","attempt":1,"arguments":{"reason":"AgentLost"},"detail":"AgentLost"}""",
            JsonSerializer.Serialize(Entry(StoryEvent.GivenUp, ("reason", "AgentLost")), options));
    }

    private static void AssertTold(string? expected, StoryEvent what, params ReadOnlySpan<(string Name, object Value)> arguments) =>
        Assert.Equal(expected, StoryDetail.Of(Entry(what, arguments)));

    private static StoryEntry Entry(StoryEvent what, params ReadOnlySpan<(string Name, object Value)> arguments) =>
        new(DateTimeOffset.UnixEpoch, StoryBy.Hub, what, 1, CodedMessage.Of("", arguments).Arguments);
}
