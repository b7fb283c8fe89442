using System.Globalization;
using TaskConsole.Core.Stories;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Console.Wording;

/// <summary>Arguments of a story's entry in a few English words, for whoever reads REST by eye: <c>Failed/AgentLost → Succeeded; lin: saw it</c>. Pages make sentences of their own.</summary>
internal static class StoryDetail
{
    /// <summary>Null: the event says all.</summary>
    public static string? Of(StoryEntry told) => told.Event switch
    {
        StoryEvent.Ended => string.Join(", ", End(told)),
        StoryEvent.KillSent => Ladder(told),
        StoryEvent.Settled or StoryEvent.Late => Verdict(told, "status", "reason"),
        StoryEvent.GivenUp or StoryEvent.NotRetried => told.Text("reason"),
        StoryEvent.Corrected => Change(told),
        StoryEvent.Resolved => $"{Change(told)}; {told.Text("by")}: {told.Text("text")}",
        StoryEvent.CancelRequested or StoryEvent.EndBackgroundRequested => told.Text("by"),
        StoryEvent.SetAside => told.Text("what"),
        StoryEvent.BackgroundEnded => string.Create(
            CultureInfo.InvariantCulture,
            $"{told.Number("droppedBytes") ?? 0} bytes of later output were dropped, {told.Number("killed") ?? 0} processes were ended on request"),
        _ => null,
    };

    private static IEnumerable<string> End(StoryEntry told)
    {
        yield return Verdict(told, "status", "reason");
        if (told.Number("exitCode") is { } code)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"exit code {code}");
        }

        if (told.Number("background") is > 0 and var left)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{left} left running in the background");
        }

        if (told.Number("killed") is not null)
        {
            yield return Ladder(told);
        }
    }

    private static string Ladder(StoryEntry told) => told.Number("escaped") is > 0 and var escaped
        ? string.Create(CultureInfo.InvariantCulture, $"{told.Number("killed") ?? 0} killed, {escaped} of them had left the group")
        : string.Create(CultureInfo.InvariantCulture, $"{told.Number("killed") ?? 0} killed");

    private static string Change(StoryEntry told) => $"{Verdict(told, "fromStatus", "fromReason")} → {Verdict(told, "status", "reason")}";

    private static string Verdict(StoryEntry told, string status, string reason) =>
        told.Text(reason) is { } why ? $"{told.Text(status)}/{why}" : told.Text(status) ?? "";
}
