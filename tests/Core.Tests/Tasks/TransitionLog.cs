using Microsoft.EntityFrameworkCore;
using TaskConsole.Core.Tasks;
using TaskConsole.Core.Tests.Persistence;

namespace TaskConsole.Core.Tests.Tasks;

/// <summary>A reaction that writes down every transition, in its transaction, in a table of its own.</summary>
internal sealed class TransitionLog : IReaction
{
    public static async Task CreateTableAsync(TestDatabase database, CancellationToken cancellationToken)
    {
        var number = database.Provider == Core.Persistence.DatabaseProvider.Sqlite ? "INTEGER PRIMARY KEY" : "BIGINT AUTO_INCREMENT PRIMARY KEY";
        await using var context = database.Context();
#pragma warning disable EF1002 // Names are constants.
        await context.Database.ExecuteSqlRawAsync($"CREATE TABLE IF NOT EXISTS transition_log (number {number}, subject VARCHAR(40), cause VARCHAR(20), was TEXT, became TEXT)", cancellationToken);
#pragma warning restore EF1002
        await context.Database.ExecuteSqlAsync($"DELETE FROM transition_log", cancellationToken);
    }

    public async Task ReactAsync(TransitionBatch batch, CancellationToken cancellationToken)
    {
        foreach (var transition in batch.Transitions)
        {
            var (subject, was, became) = transition switch
            {
                TaskTransition task => (task.TaskId, $"{task.From}", $"{task.To}"),
                CommandHostTransition row => (row.Row.Id, Describe(row.Before), Describe(row.After)),
                _ => throw new InvalidOperationException($"Unknown transition {transition}."),
            };
            var (id, cause) = (subject.ToString(), transition.Cause.ToString());
            await batch.Unit.Context.Database.ExecuteSqlAsync($"INSERT INTO transition_log (subject, cause, was, became) VALUES ({id}, {cause}, {was}, {became})", cancellationToken);
        }
    }

    public static async Task<List<LoggedTransition>> ReadAsync(TestEngine engine, CancellationToken cancellationToken)
    {
        await using var context = engine.Read();
        return await context.Database
            .SqlQuery<LoggedTransition>($"SELECT subject AS Subject, cause AS Cause, was AS Was, became AS Became FROM transition_log ORDER BY number")
            .ToListAsync(cancellationToken);
    }

    /// <summary>From creation to what the store says now, each task and CommandHost has one chain of transitions without a gap and without a repeat.</summary>
    public static async Task AssertCompleteAsync(TestEngine engine, CancellationToken cancellationToken)
    {
        var chains = (await ReadAsync(engine, cancellationToken)).ToLookup(logged => logged.Subject, StringComparer.Ordinal);
        await using var context = engine.Read();
        foreach (var task in await context.Tasks.ToListAsync(cancellationToken))
        {
            AssertChain(chains[task.Id.ToString()], first: "", last: task.Status.ToString());
        }

        var pending = Describe(new ExecutionState(CommandHostStatus.Pending, null, 1, null, null, null, null));
        var results = await context.CommandResults.ToDictionaryAsync(result => (result.CommandHostId, result.Attempt), cancellationToken);
        foreach (var row in await context.CommandHosts.ToListAsync(cancellationToken))
        {
            var duration = row.Status.IsTerminal() && row.Reason is not (Reason.AgentLost or Reason.ServerDeadline or Reason.ResolvedByUser) ? results.GetValueOrDefault((row.Id, row.Attempt))?.DurationMs : null;
            AssertChain(
                chains[row.Id.ToString()],
                pending,
                Describe(new ExecutionState(row.Status, row.Reason, row.Attempt, row.StartedAt, row.FinishedAt, duration, row.OutputHash)));
        }
    }

    private static void AssertChain(IEnumerable<LoggedTransition> chain, string first, string last)
    {
        var state = first;
        foreach (var (subject, cause, was, became) in chain)
        {
            Assert.True(state == was, $"{subject}: {state} was expected before {cause} to {became}, not {was}.");
            state = became;
        }

        Assert.Equal(last, state);
    }

    private static string Describe(ExecutionState state) =>
        $"{state.Status}/{state.Reason}#{state.Attempt} {state.StartedAt?.ToUnixTimeMilliseconds()} {state.FinishedAt?.ToUnixTimeMilliseconds()} {state.DurationMs} {(state.OutputHash is { } hash ? Convert.ToHexStringLower(hash) : "")}";
}

/// <summary>A row of <see cref="TransitionLog"/>.</summary>
internal sealed record LoggedTransition(string Subject, string Cause, string Was, string Became);
