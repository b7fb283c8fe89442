using System.Globalization;
using Microsoft.Extensions.Localization;
using TaskConsole.Console.Components.Live;
using TaskConsole.Console.Components.Status;
using TaskConsole.Core.Stories;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Console.Components.Stories;

/// <summary>Says the entries of a story in the reader's language.</summary>
internal static class StoryWords
{
    private const string Unknown = "–";

    /// <summary>What happened.</summary>
    /// <param name="texts">Of the reader's language.</param>
    /// <param name="told">The entry.</param>
    /// <param name="attempt">Result of the attempt that it is about; null: it has none.</param>
    public static Said What(IStringLocalizer texts, StoryEntry told, AttemptView? attempt) => told.Event switch
    {
        StoryEvent.Ended when attempt is { StartedAt: null } => new Said("Story.NotStarted", Of(texts, new Verdict(attempt.Status, attempt.Reason))),
        StoryEvent.Ended when attempt is not null => new Said("Story.Event.Ended", End(texts, attempt)),
        StoryEvent.GivenUp or StoryEvent.NotRetried => new Said($"Story.Event.{told.Event}", told.Member<Reason>("reason") is { } reason ? texts[$"ReasonName.{reason}"].Value : Unknown),
        StoryEvent.Corrected or StoryEvent.Resolved => new Said($"Story.Event.{told.Event}", Of(texts, told, "fromStatus", "fromReason"), Of(texts, told)),
        StoryEvent.Late or StoryEvent.Settled or StoryEvent.Ended => new Said($"Story.Event.{told.Event}", Of(texts, told)),
        _ => new Said($"Story.Event.{told.Event}", told.Text("by") ?? told.Text("what") ?? Unknown),
    };

    /// <summary>More about it, each in a line: what the ladder did, what was left, what the agent or a person said.</summary>
    public static IEnumerable<string> More(IStringLocalizer texts, StoryEntry told, AttemptView? attempt)
    {
        if (told.Event == StoryEvent.Resolved)
        {
            yield return $"{told.Text("by")}: {told.Text("text")}";
        }

        if (told.Event == StoryEvent.BackgroundEnded)
        {
            if (told.Number("droppedBytes") is > 0 and var dropped)
            {
                yield return texts["Story.Background.Dropped", dropped.ToString("N0", CultureInfo.CurrentCulture)];
            }

            if (told.Number("killed") is > 0 and var killed)
            {
                yield return texts.Count("Story.Background.Killed", (int)killed);
            }
        }

        if (attempt is null)
        {
            yield break;
        }

        if (told.Event == LadderAt(attempt))
        {
            yield return Ladder(texts, attempt);
        }

        if (told.Event == StoryEvent.Ended)
        {
            if (attempt.Background > 0)
            {
                yield return texts.Count("Story.Background", attempt.Background);
            }

            foreach (var detail in attempt.Details.Where(detail => detail.Code != AttemptDetailCode.Background))
            {
                yield return Sentences.Current.Detail(detail);
            }
        }
    }

    /// <summary>A verdict in a few words: <c>failed (agent lost)</c>.</summary>
    public static string Of(IStringLocalizer texts, Verdict verdict)
    {
        var status = texts[StatusLook.Of(verdict.Status).Key + ".Lower"].Value;
        var reason = verdict.Reason is { } known ? texts[$"ReasonName.{known}"].Value : status;
        return reason == status ? status : texts["Story.Verdict", status, reason].Value;
    }

    /// <summary>The verdict that an entry tells, in a few words.</summary>
    public static string Of(IStringLocalizer texts, StoryEntry told, string status = "status", string reason = "reason") =>
        told.Member<CommandHostStatus>(status) is { } known ? Of(texts, new Verdict(known, told.Member<Reason>(reason))) : Unknown;

    private static string End(IStringLocalizer texts, AttemptView attempt) => attempt switch
    {
        { Status: CommandHostStatus.Succeeded or CommandHostStatus.Failed, ExitCode: { } code } => texts["Story.Exit", code].Value,
        { Reason: Reason.Signal, Signal: { } signal } => texts["Story.Signal", signal].Value,
        _ => Of(texts, new Verdict(attempt.Status, attempt.Reason)),
    };

    /// <summary>The last step of the ladder, which the counts are told at.</summary>
    private static StoryEvent? LadderAt(AttemptView attempt) => attempt switch
    {
        { KillSentAt: not null } => StoryEvent.KillSent,
        { TermSentAt: not null } => StoryEvent.TermSent,
        { Killed: > 0 } => StoryEvent.Ended,
        _ => null,
    };

    private static string Ladder(IStringLocalizer texts, AttemptView attempt)
    {
        var killed = attempt.Killed == 0 ? texts["Story.Killed.None"].Value : texts.Count("Story.Killed", attempt.Killed);
        return attempt.Escaped == 0
            ? killed
            : string.Join(CultureInfo.CurrentUICulture.TwoLetterISOLanguageName == "zh" ? "，" : ", ", killed, texts.Count("Story.Escaped", attempt.Escaped));
    }
}
