using TaskConsole.Core.Stories;

namespace TaskConsole.Core.Tasks;

/// <content>What the server gave up without the agent's word, what became of it, and how that is told.</content>
internal sealed partial class TaskLedger
{
    /// <summary>The server ends it without the agent's word. Whether it ever arrived may come out later, if nobody knows.</summary>
    public void GiveUp(CommandHost row, Reason reason)
    {
        DateTimeOffset? unknownSince = row.StartedAt is null ? row.UnreachableSince ?? now : null;
        Lose(row, reason);

        // An agent that is connected may still hold the attempt; an agent that is away tells when it comes back.
        row.ActiveHostId = reason == Reason.ServerDeadline || unknownSince is not null ? row.HostId : null;
        row.UnreachableSince = unknownSince;
    }

    /// <summary>The server ends it without the agent's word, and no journal will tell more.</summary>
    public void Lose(CommandHost row, Reason reason)
    {
        End(row, CommandHostStatus.Failed, reason);
        Tell(row, StoryBy.Hub, StoryEvent.GivenUp, StoryArguments.Write(("reason", reason)));
    }

    /// <summary>Given up, and its agent came back without it in a journal that can be trusted: it never arrived.</summary>
    public void ProveUndelivered(CommandHost row) =>
        Correct(row, CommandHostStatus.DispatchFailed, Reason.AgentOffline, new CommandHostEnd(row.FinishedAt, null, null, null, null));

    /// <summary>Given up, and its agent came back with the process alive.</summary>
    public void FindAlive(CommandHost row)
    {
        if (row.ActiveHostId is null || row.UnreachableSince is not null)
        {
            row.ActiveHostId = row.HostId;
            row.UnreachableSince = null;
            Tell(row, StoryBy.Agent, StoryEvent.FoundAlive);
        }
    }

    /// <summary>A late word changed no status; what was found alive is alive no more.</summary>
    public void NoteLate(CommandHost row, CommandHostStatus status, Reason? reason)
    {
        row.ActiveHostId = null;
        row.UnreachableSince = null;
        Tell(row, StoryBy.Agent, StoryEvent.Late, StoryArguments.Write(("status", status), ("reason", reason)));
    }

    /// <summary>Something that its agent said cannot be stored: for an operator to see.</summary>
    public void NoteSetAside(CommandHost row, string what) => Tell(row, StoryBy.Hub, StoryEvent.SetAside, StoryArguments.Write(("what", what)));

    /// <summary>Its agent's journal has nothing of what was given up: no agent holds it.</summary>
    public void LetGo(CommandHost row)
    {
        row.ActiveHostId = null;
        row.UnreachableSince = null;
        _rows[row.Id].Changed = true;
    }

    /// <summary>A person settles what nobody will ever know. It stands from then on.</summary>
    public void Resolve(CommandHost row, CommandHostStatus status, string message)
    {
        var arguments = StoryArguments.Write([("fromStatus", row.Status), ("fromReason", row.Reason), ("status", status), .. ByActor(), ("text", message)]);
        if (row.Status == CommandHostStatus.Unreachable)
        {
            End(row, status, Reason.ResolvedByUser);
        }
        else
        {
            var alive = row.IsAliveAfterAll;
            Correct(row, status, Reason.ResolvedByUser, new CommandHostEnd(row.FinishedAt, row.StartedAt, null, null, null));

            // A person's verdict ends no process: an attempt that was found alive can still be canceled.
            row.ActiveHostId = alive ? row.HostId : null;
        }

        Tell(row, StoryBy.Person, StoryEvent.Resolved, arguments);
    }

    /// <summary>A late word corrects the verdict that the server reached without the agent. Revives nothing that was skipped.</summary>
    public void Correct(CommandHost row, CommandHostStatus status, Reason? reason, CommandHostEnd end)
    {
        var arguments = StoryArguments.Write(("fromStatus", row.Status), ("fromReason", row.Reason), ("status", status), ("reason", reason));
        Move(row, status, reason, TransitionCause.Correction);
        Describe(row, end);
        if (reason != Reason.ResolvedByUser)
        {
            Tell(row, StoryBy.Agent, StoryEvent.Corrected, arguments);
        }
    }

    /// <summary>A person asked to end what an attempt left running in the background.</summary>
    public void RequestEndOfBackground(CommandHost row, int attempt) =>
        Tell(row, StoryBy.Person, StoryEvent.EndBackgroundRequested, StoryArguments.Write(ByActor()), attempt);

    /// <summary>What an attempt left running in the background has ended.</summary>
    /// <param name="row">Whose attempt.</param>
    /// <param name="attempt">Which attempt.</param>
    /// <param name="endedAt">When the last process had ended.</param>
    /// <param name="droppedBytes">Bytes of output after the script's end, which were dropped.</param>
    /// <param name="killed">Processes that were ended because a person asked for it.</param>
    public void NoteBackgroundEnded(CommandHost row, int attempt, DateTimeOffset endedAt, long droppedBytes, int killed) =>
        Tell(row, StoryBy.Agent, StoryEvent.BackgroundEnded, StoryArguments.Write(("droppedBytes", droppedBytes), ("killed", killed)), attempt, endedAt);

    private (string Name, object? Value)[] ByActor() => [("by", actor.Name), ("byKind", actor.Kind), ("byId", actor.Id)];

    private void Tell(CommandHost row, StoryBy by, StoryEvent what, string? arguments = null, int? attempt = null, DateTimeOffset? at = null)
    {
        _rows[row.Id].Changed = true;
        if (row.EventCount < CommandHostEvent.MaxKept || what is not (StoryEvent.Away or StoryEvent.Back or StoryEvent.SentAgain))
        {
            _events.Add(new CommandHostEvent
            {
                CommandHostId = row.Id,
                Number = ++row.EventCount,
                Attempt = attempt ?? row.Attempt,
                At = at ?? now,
                By = by,
                Event = what,
                Arguments = arguments,
            });
        }
    }
}
