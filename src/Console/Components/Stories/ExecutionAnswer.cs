using System.Globalization;
using Microsoft.Extensions.Localization;
using TaskConsole.Core.Stories;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Console.Components.Stories;

/// <summary>Answers 'did it run?' in a sentence or two, from what is on record and nothing else.</summary>
internal static class ExecutionAnswer
{
    public static IReadOnlyList<Said> Of(IStringLocalizer texts, CommandHostDetail row)
    {
        List<Said> answer = [.. Course(texts, row)];
        if (row.Story.LastOrDefault(told => told.Event is StoryEvent.Corrected or StoryEvent.Late) is { } late)
        {
            answer.Add(late.Event == StoryEvent.Corrected
                ? new Said("Story.Answer.Corrected", late.At)
                : new Said("Story.Answer.LateWord", StoryWords.Of(texts, late)));
        }

        if (row.CancelRequestedAt is { } requested && (row.MayStillRun || !row.Status.IsTerminal()))
        {
            answer.Add(new Said(row.Status == CommandHostStatus.Unreachable ? "Story.Answer.CancelWaits" : "Story.Answer.CancelRequested", requested));
        }

        if (row is { Attempt: > 1, Status: not CommandHostStatus.Pending })
        {
            answer.Add(new Said("Story.Answer.Attempt", row.Attempt.ToString(CultureInfo.CurrentCulture)));
        }

        return answer;
    }

    private static IEnumerable<Said> Course(IStringLocalizer texts, CommandHostDetail row) => row switch
    {
        { Status: CommandHostStatus.Pending, Attempt: > 1 } => [new Said("Story.Answer.WaitsForRetry", (row.Attempt - 1).ToString(CultureInfo.CurrentCulture))],
        { Status: CommandHostStatus.Pending } => [new Said("Story.Answer.Waiting")],
        { Status: CommandHostStatus.Dispatched } => [new Said("Story.Answer.Sent", At(row.DispatchedAt))],
        { Status: CommandHostStatus.Running } => [new Said("Story.Answer.Running", At(row.StartedAt))],
        { Status: CommandHostStatus.Unreachable, StartedAt: null } => [new Said("Story.Answer.AwayUnstarted", At(row.DispatchedAt), At(row.UnreachableSince))],
        { Status: CommandHostStatus.Unreachable } => [new Said("Story.Answer.Away", At(row.StartedAt), At(row.UnreachableSince))],
        { Reason: Reason.ResolvedByUser } => [Beginning(row), Settled(row)],
        { Reason: Reason.AgentLost or Reason.ServerDeadline } => [Beginning(row), GivenUp(row)],
        { Status: CommandHostStatus.Canceled, DispatchedAt: null } => [new Said("Story.Answer.CanceledUnsent")],
        { Status: CommandHostStatus.Canceled, StartedAt: null } => [new Said("Story.Answer.CanceledUnstarted")],
        { StartedAt: null } => [new Said("Story.Answer.Never"), .. Why(row)],
        { Status: CommandHostStatus.Succeeded or CommandHostStatus.Failed, ExitCode: { } code } =>
            [new Said("Story.Answer.Exited", At(row.StartedAt), At(row.FinishedAt), code.ToString(CultureInfo.InvariantCulture))],
        { Status: CommandHostStatus.Failed, Reason: Reason.Signal, Signal: { } signal } =>
            [new Said("Story.Answer.Signaled", At(row.StartedAt), At(row.FinishedAt), signal.ToString(CultureInfo.InvariantCulture))],
        _ => [new Said("Story.Answer.Over", At(row.StartedAt), At(row.FinishedAt)), .. Why(row)],
    };

    /// <summary>Whether it began, of one whose end is not the agent's word.</summary>
    private static Said Beginning(CommandHostDetail row) =>
        row.StartedAt is { } started ? new Said("Story.Answer.StartedAt", started) : new Said("Story.Answer.SentAt", At(row.DispatchedAt));

    private static Said GivenUp(CommandHostDetail row)
    {
        var key = row.MayStillRun switch
        {
            true when row.Story.Any(told => told.Event == StoryEvent.FoundAlive) => "Story.Answer.FoundAlive",
            true => "Story.Answer.MayRun",
            false => "Story.Answer.GivenUp",
        };
        return new Said(key, At(row.FinishedAt));
    }

    private static Said Settled(CommandHostDetail row) => new(
        row.Status == CommandHostStatus.Succeeded ? "Story.Answer.SettledSucceeded" : "Story.Answer.SettledFailed",
        row.Story.LastOrDefault(told => told.Event == StoryEvent.Resolved)?.At ?? At(row.FinishedAt));

    /// <summary>The sentence of the reason, where the times do not say it all.</summary>
    private static IEnumerable<Said> Why(CommandHostDetail row) => row.Reason is { } reason ? [new Said($"Reason.{reason}")] : [];

    /// <summary>A time that the status promises; a dash where the store has none all the same.</summary>
    private static object At(DateTimeOffset? time) => time is { } known ? known : "–";
}
