using System.Globalization;
using TaskConsole.Core.Results;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Core.Stories;

/// <summary>Tells what happened to a CommandHost: its ordinary course from its row and results, the rest from its events.</summary>
internal static class Story
{
    public static IReadOnlyList<StoryEntry> Tell(CommandHost row, IReadOnlyCollection<CommandResult> results, IReadOnlyCollection<CommandHostEvent> events)
    {
        var story = new List<StoryEntry>();
        foreach (var result in results)
        {
            Tell(story, row, result);
        }

        if (row.DispatchedAt is not null && results.All(result => result.Attempt != row.Attempt))
        {
            Add(story, row.DispatchedAt, StoryBy.Scheduler, StoryEvent.Dispatched, row.Attempt, null);
            Add(story, row.StartedAt, StoryBy.Agent, StoryEvent.Started, row.Attempt, null);
        }

        if (row.Status.IsTerminal() && row.DispatchedAt is null)
        {
            var by = row.Reason == Reason.CanceledByUser ? StoryBy.Person : StoryBy.Scheduler;
            Add(story, row.FinishedAt, by, StoryEvent.Settled, row.Attempt, Name(row.Status, row.Reason));
        }

        story.AddRange(events.Select(told => new StoryEntry(told.At, told.By, told.Event, told.Attempt, told.Detail)));

        // Stable: what happened in the same millisecond stays in the order of its course.
        return [.. story.OrderBy(entry => entry.At)];
    }

    private static void Tell(List<StoryEntry> story, CommandHost row, CommandResult result)
    {
        var attempt = result.Attempt;
        Add(story, result.DispatchedAt, StoryBy.Scheduler, StoryEvent.Dispatched, attempt, null);
        Add(story, result.ClaimedAt, StoryBy.Agent, StoryEvent.Claimed, attempt, null);
        Add(story, result.StartedAt, StoryBy.Agent, StoryEvent.Started, attempt, null);
        Add(story, result.TermSentAt, StoryBy.Agent, StoryEvent.TermSent, attempt, null);
        Add(story, result.KillSentAt, StoryBy.Agent, StoryEvent.KillSent, attempt, Ladder(result));
        Add(story, result.FinishedAt, StoryBy.Agent, StoryEvent.Ended, attempt, End(result));
        Add(story, result.CommittedAt, StoryBy.Hub, StoryEvent.Committed, attempt, null);
        if (attempt < row.Attempt)
        {
            Add(story, result.CommittedAt, StoryBy.Scheduler, StoryEvent.Retried, attempt + 1, null);
        }
    }

    private static string End(CommandResult result)
    {
        var end = Name(result.Status, result.Reason);
        if (result.ExitCode is { } code)
        {
            end += string.Create(CultureInfo.InvariantCulture, $", exit code {code}");
        }

        if (result.Background > 0)
        {
            end += string.Create(CultureInfo.InvariantCulture, $", {result.Background} left running in the background");
        }

        return result.TermSentAt is not null && result.KillSentAt is null ? $"{end}, {Ladder(result)}" : end;
    }

    private static string Ladder(CommandResult result) => result.Escaped > 0
        ? string.Create(CultureInfo.InvariantCulture, $"{result.Killed} killed, {result.Escaped} of them had left the group")
        : string.Create(CultureInfo.InvariantCulture, $"{result.Killed} killed");

    private static string Name(CommandHostStatus status, Reason? reason) => reason is null ? $"{status}" : $"{status}/{reason}";

    private static void Add(List<StoryEntry> story, DateTimeOffset? at, StoryBy by, StoryEvent what, int attempt, string? detail)
    {
        if (at is { } time)
        {
            story.Add(new StoryEntry(time, by, what, attempt, detail));
        }
    }
}
