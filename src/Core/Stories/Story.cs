using TaskConsole.Core.Results;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Core.Stories;

/// <summary>Tells what happened to a CommandHost: its ordinary course from its row and results, the rest from its events.</summary>
internal static class Story
{
    public static IReadOnlyList<StoryEntry> Tell(CommandHost row, IReadOnlyCollection<CommandResult> results, IReadOnlyCollection<CommandHostEvent> events)
    {
        var story = new List<(DateTimeOffset Order, StoryEntry Entry)>();
        foreach (var result in results)
        {
            story.AddRange(Tell(row, result));
        }

        if (row.DispatchedAt is not null && results.All(result => result.Attempt != row.Attempt))
        {
            var course = new Course(row.Attempt);
            course.Add(row.DispatchedAt, StoryBy.Scheduler, StoryEvent.Dispatched);
            course.Add(row.StartedAt, StoryBy.Agent, StoryEvent.Started);
            story.AddRange(course.Told);
        }

        if (row.Status.IsTerminal() && row.DispatchedAt is null)
        {
            var course = new Course(row.Attempt);
            var by = row.Reason == Reason.CanceledByUser ? StoryBy.Person : StoryBy.Scheduler;
            course.Add(row.FinishedAt, by, StoryEvent.Settled, [("status", row.Status), ("reason", row.Reason)]);
            story.AddRange(course.Told);
        }

        story.AddRange(events.Select(told => (told.At, new StoryEntry(told.At, told.By, told.Event, told.Attempt, StoryArguments.Read(told.Arguments)))));

        // The sort is stable: entries of the same millisecond stay in the order of their course.
        return [.. story.OrderBy(told => told.Order).Select(told => told.Entry)];
    }

    private static List<(DateTimeOffset Order, StoryEntry Entry)> Tell(CommandHost row, CommandResult result)
    {
        var course = new Course(result.Attempt);
        course.Add(result.DispatchedAt, StoryBy.Scheduler, StoryEvent.Dispatched);
        course.Add(result.ClaimedAt, StoryBy.Agent, StoryEvent.Claimed);
        course.Add(result.StartedAt, StoryBy.Agent, StoryEvent.Started);
        course.Beside(result.TermSentAt, StoryBy.Agent, StoryEvent.TermSent);
        course.Beside(result.KillSentAt, StoryBy.Agent, StoryEvent.KillSent, [("killed", result.Killed), ("escaped", result.Escaped)]);
        course.Add(result.FinishedAt, StoryBy.Agent, StoryEvent.Ended, End(result));
        course.Add(result.CommittedAt, StoryBy.Hub, StoryEvent.Committed);
        if (result.Attempt < row.Attempt)
        {
            course.Add(result.CommittedAt, StoryBy.Scheduler, StoryEvent.Retried, about: result.Attempt + 1);
        }

        return course.Told;
    }

    private static (string Name, object? Value)[] End(CommandResult result)
    {
        var byTerm = result.TermSentAt is not null && result.KillSentAt is null;
        return
        [
            ("status", result.Status),
            ("reason", result.Reason),
            ("exitCode", result.ExitCode),
            ("background", result.Background > 0 ? result.Background : null),
            ("killed", byTerm ? result.Killed : null),
            ("escaped", byTerm ? result.Escaped : null),
        ];
    }

    /// <summary>
    /// The course of one attempt. The host's times are corrected to the hub's clock by a measured offset, so they may be
    /// some milliseconds off: no step is told before the one that it follows.
    /// </summary>
    private sealed class Course(int attempt)
    {
        private DateTimeOffset _latest;

        public List<(DateTimeOffset Order, StoryEntry Entry)> Told { get; } = [];

        public void Add(DateTimeOffset? at, StoryBy by, StoryEvent what, (string Name, object? Value)[]? arguments = null, int? about = null) =>
            _latest = Beside(at, by, what, arguments, about);

        /// <summary>A step that the next one may precede: the interpreter may be gone before KILL is sent to the rest.</summary>
        public DateTimeOffset Beside(DateTimeOffset? at, StoryBy by, StoryEvent what, (string Name, object? Value)[]? arguments = null, int? about = null)
        {
            if (at is not { } time)
            {
                return _latest;
            }

            var order = time > _latest ? time : _latest;
            Told.Add((order, new StoryEntry(time, by, what, about ?? attempt, arguments is null ? StoryArguments.None : StoryArguments.Of(arguments))));
            return order;
        }
    }
}
