using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using TaskConsole.Core.Outputs;
using TaskConsole.Core.Results;
using TaskConsole.Core.Stories;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Core.Persistence.Sqlite;

/// <summary>SQLite: one prepared statement repeated in the transaction is the fastest way to write; json_each to read by many ids.</summary>
internal sealed class SqliteDialect : IStoreDialect
{
    private static readonly string InsertCommandHost = Insert("command_hosts", HotColumns.CommandHost);
    private static readonly string InsertResult = Insert("command_results", HotColumns.Result);
    private static readonly string InsertEvent = Insert("command_host_events", HotColumns.Event);
    private static readonly string InsertFrame = Insert("output_frames", HotColumns.Frame);
    private static readonly string InsertOutput = Insert("outputs", HotColumns.Output) + " ON CONFLICT DO NOTHING";

    private const string DeleteFrames =
        "DELETE FROM output_frames WHERE command_host_id = $command_host_id AND attempt = $attempt AND stream = $stream AND \"offset\" >= $from AND \"offset\" + length < $until";

    private static readonly string UpdateCommandHost =
        $"UPDATE command_hosts SET {string.Join(", ", HotColumns.CommandHostState.Select(column => $"{column.Name} = ${column.Name}"))} " +
        "WHERE id = $id AND status = $expected_status AND attempt = $expected_attempt";

    private const string FindOutput = "SELECT rowid FROM outputs WHERE task_id = $task_id AND hash = $hash";

    private const string RaiseSequence =
        "UPDATE hosts SET journal_sequence = $journal_sequence, confirmed_epoch = MAX(confirmed_epoch, $confirmed_epoch) WHERE id = $id AND session_epoch = $session_epoch AND journal_sequence < $journal_sequence";

    private const string WriteSight =
        "UPDATE hosts SET last_seen_at = $last_seen_at, \"load\" = $load, journal_sequence = MAX(journal_sequence, $journal_sequence), " +
        "confirmed_epoch = MAX(confirmed_epoch, $confirmed_epoch) WHERE id = $id AND session_epoch = $session_epoch";

    private static readonly string UpdateHostSession =
        $"UPDATE hosts SET {string.Join(", ", HotColumns.HostSession.Select(column => $"\"{column.Name}\" = ${column.Name}"))} WHERE id = $id";

    private const string ActiveKeysOf =
        "SELECT k.* FROM json_each({0}) j JOIN hosts h ON h.id = unhex(j.value) JOIN host_keys k ON k.host_id = h.id WHERE h.admission = {1} AND k.status = {2}";

    // The one writer holds the whole file: there is nothing to lock row by row.
    public IQueryable<OpsTask> LockTasks(TaskConsoleContext context, IReadOnlyCollection<Guid> ids) =>
        context.Tasks.FromSqlRaw("SELECT t.* FROM json_each({0}) j JOIN tasks t ON t.id = unhex(j.value)", HotRows.Ids(ids)).AsTracking();

    public IQueryable<Hosts.Host> LockHosts(TaskConsoleContext context, IReadOnlyCollection<Guid> ids) =>
        context.Hosts.FromSqlRaw("SELECT h.* FROM json_each({0}) j JOIN hosts h ON h.id = unhex(j.value)", HotRows.Ids(ids)).AsTracking();

    public IQueryable<CommandHost> CommandHosts(TaskConsoleContext context, IReadOnlyCollection<Guid> ids) =>
        context.CommandHosts.FromSqlRaw("SELECT h.* FROM json_each({0}) j JOIN command_hosts h ON h.id = unhex(j.value)", HotRows.Ids(ids)).AsNoTracking();

    public IQueryable<CommandHost> ActiveOn(TaskConsoleContext context, IReadOnlyCollection<Guid> hostIds) =>
        context.CommandHosts.FromSqlRaw("SELECT h.* FROM json_each({0}) j JOIN command_hosts h ON h.active_host_id = unhex(j.value)", HotRows.Ids(hostIds)).AsNoTracking();

    public IQueryable<CommandResult> Results(TaskConsoleContext context, IReadOnlyCollection<Guid> commandHostIds) =>
        context.CommandResults.FromSqlRaw("SELECT r.* FROM json_each({0}) j JOIN command_results r ON r.command_host_id = unhex(j.value)", HotRows.Ids(commandHostIds)).AsNoTracking();

    public IQueryable<OutputFrame> Frames(TaskConsoleContext context, IReadOnlyCollection<Guid> commandHostIds) =>
        context.OutputFrames.FromSqlRaw("SELECT f.* FROM json_each({0}) j JOIN output_frames f ON f.command_host_id = unhex(j.value)", HotRows.Ids(commandHostIds)).AsNoTracking();

    public Task InsertCommandHostsAsync(TaskConsoleContext context, IReadOnlyList<CommandHost> rows, CancellationToken cancellationToken) =>
        RepeatAsync(context, InsertCommandHost, HotColumns.CommandHost, rows, cancellationToken);

    public Task<int> UpdateCommandHostsAsync(TaskConsoleContext context, IReadOnlyList<CommandHostChange> changes, CancellationToken cancellationToken) =>
        RepeatAsync(context, UpdateCommandHost, HotColumns.CommandHostChange, changes, cancellationToken);

    public Task InsertResultsAsync(TaskConsoleContext context, IReadOnlyList<CommandResult> results, CancellationToken cancellationToken) =>
        RepeatAsync(context, InsertResult, HotColumns.Result, results, cancellationToken);

    public Task InsertEventsAsync(TaskConsoleContext context, IReadOnlyList<CommandHostEvent> events, CancellationToken cancellationToken) =>
        RepeatAsync(context, InsertEvent, HotColumns.Event, events, cancellationToken);

    public Task InsertFramesAsync(TaskConsoleContext context, IReadOnlyList<OutputFrame> frames, CancellationToken cancellationToken) =>
        RepeatAsync(context, InsertFrame, HotColumns.Frame, frames, cancellationToken);

    public Task DeleteFramesAsync(TaskConsoleContext context, IReadOnlyList<FrameRange> ranges, CancellationToken cancellationToken) =>
        RepeatAsync(context, DeleteFrames, HotColumns.FrameRange, ranges, cancellationToken);

    public Task RaiseJournalSequencesAsync(TaskConsoleContext context, IReadOnlyList<JournalSight> sights, CancellationToken cancellationToken) =>
        RepeatAsync(context, RaiseSequence, HotColumns.JournalSight, sights, cancellationToken);

    public Task WriteSightsAsync(TaskConsoleContext context, IReadOnlyList<HostSight> sights, CancellationToken cancellationToken) =>
        RepeatAsync(context, WriteSight, HotColumns.HostSight, sights, cancellationToken);

    public Task UpdateHostSessionsAsync(TaskConsoleContext context, IReadOnlyList<Hosts.Host> hosts, CancellationToken cancellationToken) =>
        RepeatAsync(context, UpdateHostSession, [HotColumns.HostId, .. HotColumns.HostSession], hosts, cancellationToken);

    public IQueryable<Hosts.HostKey> ActiveKeys(TaskConsoleContext context, IReadOnlyCollection<Guid> hostIds) =>
        context.HostKeys.FromSqlRaw(ActiveKeysOf, HotRows.Ids(hostIds), (long)Hosts.Admission.Approved, (long)Hosts.HostKeyStatus.Active).AsNoTracking();

    public Task InsertOutputsAsync(TaskConsoleContext context, IReadOnlyList<SealedOutput> outputs, CancellationToken cancellationToken) =>
        RepeatAsync(context, InsertOutput, HotColumns.Output, outputs, cancellationToken);

    /// <summary>By a handle to the value: SUBSTR would read all of it first.</summary>
    public async Task<byte[]> ReadOutputAsync(TaskConsoleContext context, Guid taskId, byte[] hash, long position, int count, CancellationToken cancellationToken)
    {
        await context.Database.OpenConnectionAsync(cancellationToken);
        var command = HotRows.Command(context, FindOutput);
        await using (command)
        {
            command.Parameters.Add(new SqliteParameter("$task_id", taskId.ToByteArray(bigEndian: true)));
            command.Parameters.Add(new SqliteParameter("$hash", hash));
            if (await command.ExecuteScalarAsync(cancellationToken) is not long row)
            {
                return [];
            }

            await using var content = new SqliteBlob((SqliteConnection)context.Database.GetDbConnection(), "outputs", "content", row, readOnly: true);
            var bytes = new byte[Math.Clamp(content.Length - position, 0, count)];
            content.Position = Math.Min(position, content.Length);
            await content.ReadExactlyAsync(bytes, cancellationToken);
            return bytes;
        }
    }

    private static string Insert<T>(string table, HotColumns.Column<T>[] columns) =>
        $"INSERT INTO {table} ({string.Join(", ", columns.Select(column => $"\"{column.Name}\""))}) VALUES ({string.Join(", ", columns.Select(column => "$" + column.Name))})";

    /// <summary>Repeats one prepared statement over rows; returns the affected rows.</summary>
    private static async Task<int> RepeatAsync<T>(TaskConsoleContext context, string text, HotColumns.Column<T>[] columns, IReadOnlyList<T> rows, CancellationToken cancellationToken)
    {
        if (rows.Count == 0)
        {
            return 0;
        }

        var command = HotRows.Command(context, text);
        await using (command)
        {
            foreach (var column in columns)
            {
                var parameter = command.CreateParameter();
                parameter.ParameterName = "$" + column.Name;
                command.Parameters.Add(parameter);
            }

            var affected = 0;
            foreach (var row in rows)
            {
                for (var place = 0; place < columns.Length; place++)
                {
                    command.Parameters[place].Value = columns[place].Value(row) ?? DBNull.Value;
                }

                affected += await command.ExecuteNonQueryAsync(cancellationToken);
            }

            return affected;
        }
    }
}
