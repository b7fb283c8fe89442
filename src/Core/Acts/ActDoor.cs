using TaskConsole.Core.Persistence;
using TaskConsole.Core.Problems;

namespace TaskConsole.Core.Acts;

/// <summary>
/// The one door for what people, tokens and schedules do. In this order: the role, before the input is looked at; the shape
/// of the input; then in one transaction the subject, its scope, the work, and the row in the audit.
/// </summary>
internal sealed class ActDoor(Store store, IAccessPolicy policy, TimeProvider time)
{
    /// <summary>Does something that changes the store.</summary>
    /// <param name="act">Row of the table of acts.</param>
    /// <param name="actor">Who.</param>
    /// <param name="checkShape">What is wrong with the input by itself; null: nothing.</param>
    /// <param name="work">
    /// The work, in a transaction that may be tried several times. It calls <see cref="ActInProgress.EnterAsync"/> when it knows
    /// the subject, before it changes anything. The transaction is committed whatever it answers: work that answers with a
    /// problem has changed nothing.
    /// </param>
    /// <param name="cancellationToken">Gives up before the commit.</param>
    public async Task<Answer<T>> RunAsync<T>(
        Act act, Actor actor, Func<Problem?>? checkShape, Func<ActInProgress, CancellationToken, Task<Answer<T>>> work, CancellationToken cancellationToken)
    {
        if ((policy.Check(actor, act) ?? checkShape?.Invoke()) is { } problem)
        {
            return problem;
        }

        return await store.WriteAsync(
            async (unit, token) =>
            {
                var doing = new ActInProgress(unit, act, actor, policy, time);
                var answer = await work(doing, token);
                if (answer.Problem is null)
                {
                    await doing.AuditAsync(token);
                }

                return answer;
            },
            cancellationToken);
    }

    /// <summary>Reads, in no transaction.</summary>
    public async Task<Answer<T>> ReadAsync<T>(Act act, Actor actor, Func<TaskConsoleContext, Task<Answer<T>>> read)
    {
        if (policy.Check(actor, act) is { } forbidden)
        {
            return forbidden;
        }

        var context = store.Read();
        await using (context)
        {
            return await read(context);
        }
    }
}
