using System.Text;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using TaskConsole.Core.Outputs;
using TaskConsole.Core.Results;
using TaskConsole.Core.Stories;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Core.Persistence.MySql;

/// <summary>
/// MySQL and MariaDB: rows travel as one JSON parameter and are joined by JSON_TABLE (never IN: that is a dependent
/// subquery with a full scan on MariaDB). Batches are cut by bytes below max_allowed_packet; blobs go as parameters.
/// </summary>
internal sealed class MySqlDialect : IStoreDialect
{
    /// <summary>Well below the default max_allowed_packet of 16 MiB.</summary>
    private const int MaxBatchBytes = 4 * 1024 * 1024;

    private const int MaxBatchRows = 1_000;

    private static readonly string InsertCommandHosts = InsertSelect("command_hosts", HotColumns.CommandHost);
    private static readonly string InsertEvents = InsertSelect("command_host_events", HotColumns.Event);
    private static readonly string InsertResults = InsertSelect("command_results", HotColumns.Result);

    private static readonly string UpdateCommandHosts =
        $"UPDATE command_hosts h JOIN {Table([HotColumns.CommandHostId, .. HotColumns.CommandHostState], "expected_status BIGINT PATH '$.es', expected_attempt BIGINT PATH '$.ea'")} j " +
        $"ON h.id = UNHEX(j.c0) SET {string.Join(", ", HotColumns.CommandHostState.Select((column, place) => $"h.`{column.Name}` = {Read(column, place + 1)}"))} " +
        "WHERE h.status = j.expected_status AND h.attempt = j.expected_attempt";

    private static readonly string DeleteFrames =
        $"DELETE f FROM {Table(HotColumns.FrameRange, null)} j STRAIGHT_JOIN output_frames f " +
        "ON f.command_host_id = UNHEX(j.c0) AND f.attempt = j.c1 AND f.stream = j.c2 AND f.`offset` >= j.c3 AND f.`offset` + f.length < j.c4";

    private static readonly string RaiseSequences =
        $"UPDATE {Table(HotColumns.JournalSight, null)} j STRAIGHT_JOIN hosts h ON h.id = UNHEX(j.c0) SET h.journal_sequence = j.c2 " +
        "WHERE h.session_epoch = j.c1 AND h.journal_sequence < j.c2";

    private static readonly string WriteSights =
        $"UPDATE {Table(HotColumns.HostSight, null)} j STRAIGHT_JOIN hosts h ON h.id = UNHEX(j.c0) " +
        "SET h.last_seen_at = j.c2, h.`load` = j.c3, h.journal_sequence = GREATEST(h.journal_sequence, j.c4) WHERE h.session_epoch = j.c1";

    private static readonly string UpdateHostSessions =
        $"UPDATE {Table([HotColumns.HostId, .. HotColumns.HostSession], null)} j STRAIGHT_JOIN hosts h ON h.id = UNHEX(j.c0) " +
        $"SET {string.Join(", ", HotColumns.HostSession.Select((column, place) => $"h.`{column.Name}` = {Read(column, place + 1)}"))}";

    private const string ActiveKeysOf =
        "SELECT k.* FROM JSON_TABLE({0}, '$[*]' COLUMNS (id CHAR(32) CHARACTER SET ascii PATH '$')) j STRAIGHT_JOIN hosts h ON h.id = UNHEX(j.id) " +
        "STRAIGHT_JOIN host_keys k ON k.host_id = h.id WHERE h.admission = {1} AND k.status = {2}";

    public IQueryable<OpsTask> LockTasks(TaskConsoleContext context, IReadOnlyCollection<Guid> ids) =>
        context.Tasks.FromSqlRaw(Select("tasks", "id") + " FOR UPDATE", HotRows.Ids(ids)).AsTracking();

    public IQueryable<Hosts.Host> LockHosts(TaskConsoleContext context, IReadOnlyCollection<Guid> ids) =>
        context.Hosts.FromSqlRaw(Select("hosts", "id") + " FOR UPDATE", HotRows.Ids(ids)).AsTracking();

    public IQueryable<CommandHost> CommandHosts(TaskConsoleContext context, IReadOnlyCollection<Guid> ids) =>
        context.CommandHosts.FromSqlRaw(Select("command_hosts", "id"), HotRows.Ids(ids)).AsNoTracking();

    public IQueryable<CommandHost> ActiveOn(TaskConsoleContext context, IReadOnlyCollection<Guid> hostIds) =>
        context.CommandHosts.FromSqlRaw(Select("command_hosts", "active_host_id"), HotRows.Ids(hostIds)).AsNoTracking();

    public IQueryable<CommandResult> Results(TaskConsoleContext context, IReadOnlyCollection<Guid> commandHostIds) =>
        context.CommandResults.FromSqlRaw(Select("command_results", "command_host_id"), HotRows.Ids(commandHostIds)).AsNoTracking();

    public IQueryable<OutputFrame> Frames(TaskConsoleContext context, IReadOnlyCollection<Guid> commandHostIds) =>
        context.OutputFrames.FromSqlRaw(Select("output_frames", "command_host_id"), HotRows.Ids(commandHostIds)).AsNoTracking();

    public Task InsertCommandHostsAsync(TaskConsoleContext context, IReadOnlyList<CommandHost> rows, CancellationToken cancellationToken) =>
        JsonAsync(context, InsertCommandHosts, HotColumns.CommandHost, rows, row => row, null, cancellationToken);

    public Task<int> UpdateCommandHostsAsync(TaskConsoleContext context, IReadOnlyList<CommandHostChange> changes, CancellationToken cancellationToken) =>
        JsonAsync(
            context,
            UpdateCommandHosts,
            [HotColumns.CommandHostId, .. HotColumns.CommandHostState],
            changes,
            change => change.Row,
            (json, change) =>
            {
                json.WriteNumber("es", (int)change.ExpectedStatus);
                json.WriteNumber("ea", change.ExpectedAttempt);
            },
            cancellationToken);

    public Task InsertResultsAsync(TaskConsoleContext context, IReadOnlyList<CommandResult> results, CancellationToken cancellationToken) =>
        JsonAsync(context, InsertResults, HotColumns.Result, results, result => result, null, cancellationToken);

    public Task InsertEventsAsync(TaskConsoleContext context, IReadOnlyList<CommandHostEvent> events, CancellationToken cancellationToken) =>
        JsonAsync(context, InsertEvents, HotColumns.Event, events, item => item, null, cancellationToken);

    public Task InsertFramesAsync(TaskConsoleContext context, IReadOnlyList<OutputFrame> frames, CancellationToken cancellationToken) =>
        ValuesAsync(context, "INSERT INTO output_frames", "", HotColumns.Frame, frames, frame => frame.Content?.Length ?? 0, cancellationToken);

    public Task DeleteFramesAsync(TaskConsoleContext context, IReadOnlyList<FrameRange> ranges, CancellationToken cancellationToken) =>
        JsonAsync(context, DeleteFrames, HotColumns.FrameRange, ranges, range => range, null, cancellationToken);

    public Task RaiseJournalSequencesAsync(TaskConsoleContext context, IReadOnlyList<JournalSight> sights, CancellationToken cancellationToken) =>
        JsonAsync(context, RaiseSequences, HotColumns.JournalSight, sights, sight => sight, null, cancellationToken);

    public Task WriteSightsAsync(TaskConsoleContext context, IReadOnlyList<HostSight> sights, CancellationToken cancellationToken) =>
        JsonAsync(context, WriteSights, HotColumns.HostSight, sights, sight => sight, null, cancellationToken);

    public Task UpdateHostSessionsAsync(TaskConsoleContext context, IReadOnlyList<Hosts.Host> hosts, CancellationToken cancellationToken) =>
        JsonAsync(context, UpdateHostSessions, [HotColumns.HostId, .. HotColumns.HostSession], hosts, host => host, null, cancellationToken);

    public IQueryable<Hosts.HostKey> ActiveKeys(TaskConsoleContext context, IReadOnlyCollection<Guid> hostIds) =>
        context.HostKeys.FromSqlRaw(ActiveKeysOf, HotRows.Ids(hostIds), (long)Hosts.Admission.Approved, (long)Hosts.HostKeyStatus.Active).AsNoTracking();

    // ON DUPLICATE KEY with a no-op, since INSERT IGNORE would hide a truncation too.
    public Task InsertOutputsAsync(TaskConsoleContext context, IReadOnlyList<SealedOutput> outputs, CancellationToken cancellationToken) =>
        ValuesAsync(context, "INSERT INTO outputs", " ON DUPLICATE KEY UPDATE hash = outputs.hash", HotColumns.Output, outputs, output => output.Content.Length + output.Layout.Length, cancellationToken);

    private static string Select(string table, string column) =>
        $"SELECT t.* FROM JSON_TABLE({{0}}, '$[*]' COLUMNS (id CHAR(32) CHARACTER SET ascii PATH '$')) j STRAIGHT_JOIN {table} t ON t.{column} = UNHEX(j.id)";

    private static string InsertSelect<T>(string table, HotColumns.Column<T>[] columns) =>
        $"INSERT INTO {table} ({Names(columns)}) SELECT {string.Join(", ", columns.Select(Read))} FROM {Table(columns, null)} j";

    private static string Names<T>(HotColumns.Column<T>[] columns) => string.Join(", ", columns.Select(column => $"`{column.Name}`"));

    private static string Table<T>(HotColumns.Column<T>[] columns, string? more) =>
        $"JSON_TABLE(@rows, '$[*]' COLUMNS ({string.Join(", ", columns.Select((column, place) => $"c{place} {Type(column)} PATH '$.c{place}'"))}{(more is null ? "" : ", " + more)}))";

    // JSON_TABLE cuts a text that is too long, silently: the widths here are those of the columns or more.
    private static string Type<T>(HotColumns.Column<T> column) => column.Kind switch
    {
        HotColumns.Kind.Number => "BIGINT",
        HotColumns.Kind.Text => $"VARCHAR({column.MaxLength}) CHARACTER SET utf8mb4",
        _ => $"VARCHAR({column.MaxLength * 2}) CHARACTER SET ascii",
    };

    private static string Read<T>(HotColumns.Column<T> column, int place) =>
        column.Kind == HotColumns.Kind.Bytes ? $"UNHEX(j.c{place})" : $"j.c{place}";

    private static async Task<int> JsonAsync<TItem, TRow>(
        TaskConsoleContext context,
        string text,
        HotColumns.Column<TRow>[] columns,
        IReadOnlyList<TItem> items,
        Func<TItem, TRow> row,
        Action<Utf8JsonWriter, TItem>? more,
        CancellationToken cancellationToken)
    {
        var affected = 0;
        for (var start = 0; start < items.Count; start += MaxBatchRows)
        {
            var count = Math.Min(MaxBatchRows, items.Count - start);
            var command = HotRows.Command(context, text);
            await using (command)
            {
                var parameter = command.CreateParameter();
                parameter.ParameterName = "@rows";
                parameter.Value = Json(columns, items, start, count, row, more);
                command.Parameters.Add(parameter);
                affected += await command.ExecuteNonQueryAsync(cancellationToken);
            }
        }

        return affected;
    }

    private static string Json<TItem, TRow>(
        HotColumns.Column<TRow>[] columns,
        IReadOnlyList<TItem> items,
        int start,
        int count,
        Func<TItem, TRow> row,
        Action<Utf8JsonWriter, TItem>? more)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartArray();
            for (var index = start; index < start + count; index++)
            {
                json.WriteStartObject();
                for (var place = 0; place < columns.Length; place++)
                {
                    var name = "c" + place.ToString(System.Globalization.CultureInfo.InvariantCulture);
                    switch (columns[place].Value(row(items[index])))
                    {
                        case null: json.WriteNull(name); break;
                        case long number: json.WriteNumber(name, number); break;
                        case byte[] bytes: json.WriteString(name, Convert.ToHexString(bytes)); break;
                        case var other: json.WriteString(name, (string)other); break;
                    }
                }

                more?.Invoke(json, items[index]);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }

    private static async Task ValuesAsync<T>(
        TaskConsoleContext context,
        string insert,
        string suffix,
        HotColumns.Column<T>[] columns,
        IReadOnlyList<T> rows,
        Func<T, int> size,
        CancellationToken cancellationToken)
    {
        for (var start = 0; start < rows.Count;)
        {
            var count = 0;
            for (var bytes = 0; start + count < rows.Count && count < MaxBatchRows && (count == 0 || bytes + size(rows[start + count]) < MaxBatchBytes); count++)
            {
                bytes += size(rows[start + count]);
            }

            var command = HotRows.Command(context, "");
            await using (command)
            {
                var text = new StringBuilder(insert).Append(" (").Append(Names(columns)).Append(") VALUES ");
                for (var index = 0; index < count; index++)
                {
                    text.Append(index == 0 ? "(" : ", (");
                    for (var place = 0; place < columns.Length; place++)
                    {
                        var name = FormattableString.Invariant($"@p{index}_{place}");
                        text.Append(place == 0 ? "" : ", ").Append(name);
                        var parameter = command.CreateParameter();
                        parameter.ParameterName = name;
                        parameter.Value = columns[place].Value(rows[start + index]) ?? DBNull.Value;
                        command.Parameters.Add(parameter);
                    }

                    text.Append(')');
                }

                command.CommandText = text.Append(suffix).ToString();
                await command.ExecuteNonQueryAsync(cancellationToken);
            }

            start += count;
        }
    }
}
