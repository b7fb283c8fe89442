using TaskConsole.Core.Acts;
using TaskConsole.Core.Problems;

namespace TaskConsole.Core.Tests.Acts;

/// <summary>A policy that the test commands, and that remembers what it was asked.</summary>
internal sealed class StrictPolicy : IAccessPolicy
{
    public bool RefusesRoles { get; set; }

    public bool RefusesScopes { get; set; }

    /// <summary>Acts asked about by role.</summary>
    public HashSet<Act> Asked { get; } = [];

    /// <summary>Acts asked about by scope, with the hosts that they concern.</summary>
    public Dictionary<Act, IReadOnlyCollection<Guid>> Scoped { get; } = [];

    public Problem? Check(Actor actor, Act act)
    {
        Asked.Add(act);
        return RefusesRoles ? Refusal(actor, act) : null;
    }

    public async ValueTask<Problem?> CheckAsync(Actor actor, Act act, ActSubject subject, CancellationToken cancellationToken)
    {
        Scoped[act] = await subject.ReadHostsAsync(cancellationToken);
        return RefusesScopes ? Refusal(actor, act) : null;
    }

    private static Problem.Forbidden Refusal(Actor actor, Act act) => new(RequestProblemCode.ActForbidden, ("actor", actor.Name), ("act", act.Code));
}
