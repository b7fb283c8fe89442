using Microsoft.EntityFrameworkCore;
using TaskConsole.Core.Outputs;
using TaskConsole.Core.Results;
using TaskConsole.Core.Stories;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Core.Persistence.MySql;

/// <summary>
/// MySQL and MariaDB: what is written travels as literals (<see cref="MySqlRows"/>), ids as one JSON parameter that is
/// joined by JSON_TABLE (never IN: that is a dependent subquery with a full scan on MariaDB).
/// </summary>
internal sealed class MySqlDialect : IStoreDialect
{
    private static readonly string UpdateCommandHosts =
        $"command_hosts h ON h.id = j.id SET {string.Join(", ", HotColumns.CommandHostState.Select(column => $"h.`{column.Name}` = j.`{column.Name}`"))} " +
        "WHERE h.status = j.expected_status AND h.attempt = j.expected_attempt";

    private const string DeleteFrames =
        "output_frames f ON f.command_host_id = j.command_host_id AND f.attempt = j.attempt AND f.stream = j.stream AND f.`offset` >= j.`from` AND f.`offset` + f.length < j.`until`";

    private const string RaiseSequences =
        "hosts h ON h.id = j.id SET h.journal_sequence = j.journal_sequence, h.confirmed_epoch = GREATEST(h.confirmed_epoch, j.confirmed_epoch) " +
        "WHERE h.session_epoch = j.session_epoch AND h.journal_sequence < j.journal_sequence";

    private const string WriteSights =
        "hosts h ON h.id = j.id SET h.last_seen_at = j.last_seen_at, h.`load` = j.`load`, h.journal_sequence = GREATEST(h.journal_sequence, j.journal_sequence), " +
        "h.confirmed_epoch = GREATEST(h.confirmed_epoch, j.confirmed_epoch) WHERE h.session_epoch = j.session_epoch";

    private static readonly string UpdateHostSessions =
        $"hosts h ON h.id = j.id SET {string.Join(", ", HotColumns.HostSession.Select(column => $"h.`{column.Name}` = j.`{column.Name}`"))}";

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
        MySqlRows.InsertAsync(context, "command_hosts", HotColumns.CommandHost, rows, "", cancellationToken);

    public Task<int> UpdateCommandHostsAsync(TaskConsoleContext context, IReadOnlyList<CommandHostChange> changes, CancellationToken cancellationToken) =>
        MySqlRows.JoinAsync(context, "UPDATE", HotColumns.CommandHostChange, changes, UpdateCommandHosts, cancellationToken);

    public Task InsertResultsAsync(TaskConsoleContext context, IReadOnlyList<CommandResult> results, CancellationToken cancellationToken) =>
        MySqlRows.InsertAsync(context, "command_results", HotColumns.Result, results, "", cancellationToken);

    public Task InsertEventsAsync(TaskConsoleContext context, IReadOnlyList<CommandHostEvent> events, CancellationToken cancellationToken) =>
        MySqlRows.InsertAsync(context, "command_host_events", HotColumns.Event, events, "", cancellationToken);

    public Task InsertFramesAsync(TaskConsoleContext context, IReadOnlyList<OutputFrame> frames, CancellationToken cancellationToken) =>
        MySqlRows.InsertAsync(context, "output_frames", HotColumns.Frame, frames, "", cancellationToken);

    public Task DeleteFramesAsync(TaskConsoleContext context, IReadOnlyList<FrameRange> ranges, CancellationToken cancellationToken) =>
        MySqlRows.JoinAsync(context, "DELETE f FROM", HotColumns.FrameRange, ranges, DeleteFrames, cancellationToken);

    public Task RaiseJournalSequencesAsync(TaskConsoleContext context, IReadOnlyList<JournalSight> sights, CancellationToken cancellationToken) =>
        MySqlRows.JoinAsync(context, "UPDATE", HotColumns.JournalSight, sights, RaiseSequences, cancellationToken);

    public Task WriteSightsAsync(TaskConsoleContext context, IReadOnlyList<HostSight> sights, CancellationToken cancellationToken) =>
        MySqlRows.JoinAsync(context, "UPDATE", HotColumns.HostSight, sights, WriteSights, cancellationToken);

    public Task UpdateHostSessionsAsync(TaskConsoleContext context, IReadOnlyList<Hosts.Host> hosts, CancellationToken cancellationToken) =>
        MySqlRows.JoinAsync(context, "UPDATE", [HotColumns.HostId, .. HotColumns.HostSession], hosts, UpdateHostSessions, cancellationToken);

    public IQueryable<Hosts.HostKey> ActiveKeys(TaskConsoleContext context, IReadOnlyCollection<Guid> hostIds) =>
        context.HostKeys.FromSqlRaw(ActiveKeysOf, HotRows.Ids(hostIds), (long)Hosts.Admission.Approved, (long)Hosts.HostKeyStatus.Active).AsNoTracking();

    // ON DUPLICATE KEY with a no-op, since INSERT IGNORE would hide a truncation too.
    public Task InsertOutputsAsync(TaskConsoleContext context, IReadOnlyList<SealedOutput> outputs, CancellationToken cancellationToken) =>
        MySqlRows.InsertAsync(context, "outputs", HotColumns.Output, outputs, " ON DUPLICATE KEY UPDATE hash = outputs.hash", cancellationToken);

    public async Task<byte[]> ReadOutputAsync(TaskConsoleContext context, Guid taskId, byte[] hash, long position, int count, CancellationToken cancellationToken) =>
        await context.Outputs
            .Where(output => output.TaskId == taskId && output.Hash == hash)
            .Select(output => TaskConsoleContext.Part(output.Content, position + 1, count))
            .SingleOrDefaultAsync(cancellationToken) ?? [];

    private static string Select(string table, string column) =>
        $"SELECT t.* FROM JSON_TABLE({{0}}, '$[*]' COLUMNS (id CHAR(32) CHARACTER SET ascii PATH '$')) j STRAIGHT_JOIN {table} t ON t.{column} = UNHEX(j.id)";
}
