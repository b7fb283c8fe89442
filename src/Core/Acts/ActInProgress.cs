using TaskConsole.Core.Persistence;
using TaskConsole.Core.Problems;

namespace TaskConsole.Core.Acts;

/// <summary>One act in its transaction.</summary>
internal sealed class ActInProgress(WriteUnit unit, Act act, Actor actor, IAccessPolicy policy, TimeProvider time)
{
    private readonly AuditChanges _changes = new();
    private ActSubject? _subject;
    private bool _repeated;

    public WriteUnit Unit => unit;

    public Actor Actor => actor;

    /// <summary>The hub's clock. What is decided under a lock is dated after the lock was taken.</summary>
    public DateTimeOffset Now => time.GetUtcNow();

    /// <summary>Names the subject and asks whether the actor may do this to it. To be called before anything is changed.</summary>
    /// <returns>Null, or why the actor may not.</returns>
    public ValueTask<Problem?> EnterAsync(ActSubject subject, CancellationToken cancellationToken)
    {
        _subject = subject;
        return policy.CheckAsync(actor, act, subject, cancellationToken);
    }

    /// <summary>The request is a repeated one, and is answered from what was done before: nothing is done, and nothing is audited.</summary>
    public void Repeat() => _repeated = true;

    /// <summary>Notes for the audit what a field of the subject was and is; nothing, when both are the same.</summary>
    /// <param name="field">Name as in the contract.</param>
    /// <param name="before">Null: there was none.</param>
    /// <param name="after">Null: there is none.</param>
    public void Note(string field, object? before, object? after) => _changes.Add(field, before, after);

    /// <summary>Adds the row of the audit.</summary>
    /// <exception cref="InvalidOperationException">The work named no subject, so its scope was never checked.</exception>
    public async Task AuditAsync(CancellationToken cancellationToken)
    {
        if (_repeated)
        {
            return;
        }

        var subject = _subject ?? throw new InvalidOperationException($"The act {act} was done to a subject that it did not name.");
        if (act.IsAudited)
        {
            unit.Context.Add(AuditRow.Of(act, actor, subject, _changes, Now));
            await unit.Context.SaveChangesAsync(cancellationToken);
        }
    }
}
