using TaskConsole.Core.Problems;

namespace TaskConsole.Core.Acts;

/// <summary>Who may do what. Asked by <see cref="ActDoor"/> twice for each act: by role before the input is looked at, and by scope within the transaction. Whoever offers acts asks it too.</summary>
public interface IAccessPolicy
{
    /// <summary>Whether a role of this actor allows the act: null, or the problem to answer with.</summary>
    Problem? Check(Actor actor, Act act);

    /// <summary>Whether this subject lies in the scope in which the actor may do the act: null, or the problem to answer with.</summary>
    /// <param name="actor">Who acts.</param>
    /// <param name="act">What is to be done.</param>
    /// <param name="subject">To what; its hosts are read within the transaction, and only where the scope is limited.</param>
    /// <param name="cancellationToken">Gives up.</param>
    ValueTask<Problem?> CheckAsync(Actor actor, Act act, ActSubject subject, CancellationToken cancellationToken);
}

/// <summary>Whoever is signed in or has a token may do everything, everywhere, until there are accounts.</summary>
internal sealed class OpenPolicy : IAccessPolicy
{
    public Problem? Check(Actor actor, Act act) => null;

    public ValueTask<Problem?> CheckAsync(Actor actor, Act act, ActSubject subject, CancellationToken cancellationToken) => default;
}
