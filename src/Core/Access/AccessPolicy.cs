using TaskConsole.Core.Problems;

namespace TaskConsole.Core.Access;

/// <summary>Everything that an <see cref="Actor"/> can ask Core to do.</summary>
public enum Act
{
    /// <summary>Read tasks, their hosts and their output.</summary>
    ReadTasks,

    /// <summary>Compose a task.</summary>
    CreateTask,

    /// <summary>Start a task.</summary>
    StartTask,

    /// <summary>Cancel a task or some of its hosts.</summary>
    CancelTask,

    /// <summary>Retry an ended task.</summary>
    RetryTask,

    /// <summary>Settle a CommandHost that nobody will ever know the end of.</summary>
    ResolveCommandHost,

    /// <summary>Read hosts.</summary>
    ReadHosts,

    /// <summary>Approve, reject, drain, label or delete a host; read the join token.</summary>
    ManageHosts,
}

/// <summary>The one authorisation call: pages, REST, SignalR and the command line all go through it before an act.</summary>
/// <remarks>Roles come with the issue on accounts; until then whoever is signed in or has a token may do everything.</remarks>
public sealed class AccessPolicy
{
    /// <summary>Whether <paramref name="actor"/> may do <paramref name="act"/>: null, or the problem to answer with.</summary>
    public Problem? Check(Actor actor, Act act)
    {
        ArgumentNullException.ThrowIfNull(actor);
        return Enum.IsDefined(act) ? null : new Problem.Forbidden(RequestProblemCode.ActForbidden, ("actor", actor.Name), ("act", act));
    }
}
