using TaskConsole.Core.Acts;
using TaskConsole.Core.Persistence;

namespace TaskConsole.Core.Tasks;

/// <summary>Why a status may change: each cause has its own rows in the <see cref="StateTable"/>.</summary>
public enum TransitionCause
{
    /// <summary>The ordinary course of things.</summary>
    Course,

    /// <summary>An attempt failed, and another one follows by itself.</summary>
    Retry,

    /// <summary>Something ended the wait for a retry: what the attempt before came to counts again.</summary>
    RetryGivenUp,

    /// <summary>A late word, or a person, replaces the verdict that the server reached without the agent.</summary>
    Correction,
}

/// <summary>One move through the <see cref="StateTable"/>, also where several of them fold into one write.</summary>
/// <param name="TaskId">Which task.</param>
/// <param name="Cause">Why.</param>
/// <param name="At">When it was decided, by the hub's clock.</param>
/// <param name="Actor">Who did it: the actor of an act; the system for dispatch, results, sweeps and corrections.</param>
internal abstract record Transition(Guid TaskId, TransitionCause Cause, DateTimeOffset At, Actor Actor);

/// <summary>A task was created, or its status changed.</summary>
/// <param name="TaskId">Which task.</param>
/// <param name="From">Null: it was created.</param>
/// <param name="To">Its status since.</param>
/// <param name="Cause">Why.</param>
/// <param name="At">When.</param>
/// <param name="Actor">Who.</param>
internal sealed record TaskTransition(Guid TaskId, OpsTaskStatus? From, OpsTaskStatus To, TransitionCause Cause, DateTimeOffset At, Actor Actor)
    : Transition(TaskId, Cause, At, Actor);

/// <summary>The status of a CommandHost changed, or a retry took the place of a failed attempt.</summary>
/// <param name="Row">The row, as it is at the end of the transaction: for what never changes, such as its ids.</param>
/// <param name="Before">What it was.</param>
/// <param name="After">What it is since.</param>
/// <param name="Cause">Why.</param>
/// <param name="At">When.</param>
/// <param name="Actor">Who.</param>
internal sealed record CommandHostTransition(CommandHost Row, ExecutionState Before, ExecutionState After, TransitionCause Cause, DateTimeOffset At, Actor Actor)
    : Transition(Row.TaskId, Cause, At, Actor);

/// <summary>What a CommandHost is, as far as anybody counts it.</summary>
/// <param name="Status">Of the attempt that counts.</param>
/// <param name="Reason">Why, where there is a reason.</param>
/// <param name="Attempt">Which attempt counts, from 1.</param>
/// <param name="StartedAt">Of that attempt, as its agent told it; null: not known.</param>
/// <param name="FinishedAt">Of that attempt; null: it has not ended.</param>
/// <param name="DurationMs">By the host's monotonic clock; null: no agent told it.</param>
/// <param name="OutputHash">SHA-256 of the output as kept; null: there is none.</param>
internal readonly record struct ExecutionState(
    CommandHostStatus Status, Reason? Reason, int Attempt, DateTimeOffset? StartedAt, DateTimeOffset? FinishedAt, long? DurationMs, byte[]? OutputHash);

/// <summary>What one transaction did to tasks.</summary>
/// <param name="Unit">The transaction, in which reactions write.</param>
/// <param name="Transitions">Every move. Those of one task or CommandHost are in the order in which they were made, and join without a gap.</param>
/// <param name="Touched">Tasks with anything new to show, a move or not (a story that grew, a cancel that was asked for).</param>
internal sealed record TransitionBatch(WriteUnit Unit, IReadOnlyList<Transition> Transitions, IReadOnlyList<TouchedTask> Touched);

/// <summary>A task with something new to show.</summary>
/// <param name="TaskId">Which task.</param>
/// <param name="CommandHosts">Its CommandHosts with something new.</param>
/// <param name="IsNew">It was created by this transaction.</param>
internal sealed record TouchedTask(Guid TaskId, IReadOnlyList<CommandHost> CommandHosts, bool IsNew);

/// <summary>
/// Hears of every <see cref="Transition"/>, within its transaction and once, when rows are written and results and outputs are
/// composed; these may be written later.
/// </summary>
/// <remarks>
/// A reaction may change rows of the tasks concerned, which are locked, or append one row to a journal of its own. It
/// touches no row that tasks share: that would break the order of locks, and make a hot row of the most frequent
/// transaction. It saves what it changes. A transaction that is tried again calls it again: what is not in the store waits for
/// <see cref="WriteUnit.AfterCommit"/>.
/// </remarks>
internal interface IReaction
{
    Task ReactAsync(TransitionBatch batch, CancellationToken cancellationToken);
}
