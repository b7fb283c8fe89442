using TaskConsole.Core.Stories;

namespace TaskConsole.Core.Tasks;

/// <content>What the server gave up without the agent's word, what became of it, and how that is told.</content>
internal sealed partial class TaskLedger
{
    /// <summary>The server ends it without the agent's word.</summary>
    public void GiveUp(CommandHost row, Reason reason)
    {
        End(row, CommandHostStatus.Failed, reason);

        // An agent that is here may hold it still; one that is away says so when it comes back.
        row.ActiveHostId = reason == Reason.ServerDeadline ? row.HostId : null;
        Tell(row, StoryBy.Hub, StoryEvent.GivenUp, reason.ToString());
    }

    /// <summary>Given up, and its agent came back with the process alive.</summary>
    public void FindAlive(CommandHost row)
    {
        if (row.ActiveHostId is null)
        {
            row.ActiveHostId = row.HostId;
            Tell(row, StoryBy.Agent, StoryEvent.FoundAlive, null);
        }
    }

    /// <summary>A late word changed no status; what was found alive is alive no more.</summary>
    public void NoteLate(CommandHost row, CommandHostStatus status, Reason? reason)
    {
        row.ActiveHostId = null;
        Tell(row, StoryBy.Agent, StoryEvent.Late, Name(status, reason));
    }

    /// <summary>What was found alive is not in its agent's journal any more.</summary>
    public void LoseAlive(CommandHost row)
    {
        row.ActiveHostId = null;
        _rows[row.Id].Changed = true;
    }

    /// <summary>A person settles what nobody will ever know. It stands from then on.</summary>
    public void Resolve(CommandHost row, CommandHostStatus status, string by, string message)
    {
        if (row.Status == CommandHostStatus.Unreachable)
        {
            End(row, status, Reason.ResolvedByUser);
        }
        else
        {
            Correct(row, status, Reason.ResolvedByUser, new CommandHostEnd(row.FinishedAt, row.StartedAt, null, null));
        }

        Tell(row, StoryBy.Person, StoryEvent.Resolved, $"{by}: {message}");
    }

    /// <summary>A late word corrects the verdict that the server reached without the agent. Revives nothing that was skipped.</summary>
    public void Correct(CommandHost row, CommandHostStatus status, Reason? reason, CommandHostEnd end)
    {
        if (!StateTable.MayCorrect(row.Status, row.Reason, status, reason))
        {
            throw new InvalidOperationException($"CommandHost {row.Id} may not be corrected from {row.Status}/{row.Reason} to {status}/{reason}.");
        }

        if (reason != Reason.ResolvedByUser)
        {
            Tell(row, StoryBy.Agent, StoryEvent.Corrected, $"{Name(row.Status, row.Reason)} → {Name(status, reason)}");
        }

        Put(row, status, reason);
        Describe(row, end);
    }

    private void Tell(CommandHost row, StoryBy by, StoryEvent what, string? detail)
    {
        _rows[row.Id].Changed = true;
        if (row.EventCount < CommandHostEvent.MaxKept || what is not (StoryEvent.Away or StoryEvent.Back or StoryEvent.SentAgain))
        {
            _events.Add(new CommandHostEvent
            {
                CommandHostId = row.Id,
                Number = ++row.EventCount,
                Attempt = row.Attempt,
                At = now,
                By = by,
                Event = what,
                Detail = detail is { Length: > CommandHostEvent.MaxDetailLength } ? detail[..CommandHostEvent.MaxDetailLength] : detail,
            });
        }
    }

    private static string Name(CommandHostStatus status, Reason? reason) => reason is null ? $"{status}" : $"{status}/{reason}";
}
