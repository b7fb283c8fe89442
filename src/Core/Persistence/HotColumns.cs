using TaskConsole.Core.Outputs;
using TaskConsole.Core.Results;
using TaskConsole.Core.Stories;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Core.Persistence;

/// <summary>Columns of the hot tables in one fixed order, with their values: what the statements of both dialects are made from.</summary>
internal static class HotColumns
{
    /// <param name="Name">As in the table.</param>
    /// <param name="Value">Of a row: long, string, byte array or null.</param>
    /// <param name="IsBlob">Of any length, where ids and hashes are short.</param>
    public sealed record Column<T>(string Name, Func<T, object?> Value, bool IsBlob = false);

    /// <summary>Columns of <c>command_hosts</c> that change after it was made.</summary>
    public static readonly Column<CommandHost>[] CommandHostState =
    [
        new("status", row => (long)row.Status),
        new("reason", row => (long?)row.Reason),
        new("attempt", row => (long)row.Attempt),
        new("ready_at", row => HotRows.Milliseconds(row.ReadyAt)),
        new("ready_task_id", row => Bytes(row.ReadyTaskId)),
        new("dispatched_at", row => HotRows.Milliseconds(row.DispatchedAt)),
        new("started_at", row => HotRows.Milliseconds(row.StartedAt)),
        new("finished_at", row => HotRows.Milliseconds(row.FinishedAt)),
        new("unreachable_since", row => HotRows.Milliseconds(row.UnreachableSince)),
        new("cancel_requested_at", row => HotRows.Milliseconds(row.CancelRequestedAt)),
        new("active_host_id", row => Bytes(row.ActiveHostId)),
        new("exit_code", row => (long?)row.ExitCode),
        new("output_hash", row => row.OutputHash),
        new("event_count", row => (long)row.EventCount),
    ];

    public static readonly Column<CommandHost> CommandHostId = new("id", row => Bytes(row.Id));

    /// <summary>A row as it is to be, and what it must still be.</summary>
    public static readonly Column<CommandHostChange>[] CommandHostChange =
    [
        .. CommandHostState.Prepend(CommandHostId).Select(column => new Column<CommandHostChange>(column.Name, change => column.Value(change.Row))),
        new("expected_status", change => (long)change.ExpectedStatus),
        new("expected_attempt", change => (long)change.ExpectedAttempt),
    ];

    public static readonly Column<CommandHost>[] CommandHost =
    [
        CommandHostId,
        new("task_id", row => Bytes(row.TaskId)),
        new("command_index", row => (long)row.CommandIndex),
        new("host_id", row => Bytes(row.HostId)),
        new("host_name", row => row.HostName),
        .. CommandHostState,
    ];

    public static readonly Column<CommandResult>[] Result =
    [
        new("command_host_id", row => Bytes(row.CommandHostId)),
        new("attempt", row => (long)row.Attempt),
        new("task_id", row => Bytes(row.TaskId)),
        new("status", row => (long)row.Status),
        new("reason", row => (long?)row.Reason),
        new("details", row => row.Details),
        new("exit_code", row => (long?)row.ExitCode),
        new("signal", row => (long?)row.Signal),
        new("dispatched_at", row => HotRows.Milliseconds(row.DispatchedAt)),
        new("claimed_at", row => HotRows.Milliseconds(row.ClaimedAt)),
        new("started_at", row => HotRows.Milliseconds(row.StartedAt)),
        new("finished_at", row => HotRows.Milliseconds(row.FinishedAt)),
        new("committed_at", row => HotRows.Milliseconds(row.CommittedAt)),
        new("duration_ms", row => row.DurationMs),
        new("stdout_bytes", row => row.StdoutBytes),
        new("stderr_bytes", row => row.StderrBytes),
        new("truncated", row => row.Truncated ? 1L : 0L),
        new("output_hash", row => row.OutputHash),
        new("journal_sequence", row => row.JournalSequence),
        new("late", row => row.Late ? 1L : 0L),
        new("background", row => (long)row.Background),
        new("term_sent_at", row => HotRows.Milliseconds(row.TermSentAt)),
        new("kill_sent_at", row => HotRows.Milliseconds(row.KillSentAt)),
        new("killed", row => (long)row.Killed),
        new("escaped", row => (long)row.Escaped),
    ];

    public static readonly Column<CommandHostEvent>[] Event =
    [
        new("command_host_id", row => Bytes(row.CommandHostId)),
        new("number", row => (long)row.Number),
        new("attempt", row => (long)row.Attempt),
        new("at", row => HotRows.Milliseconds(row.At)),
        new("by", row => (long)row.By),
        new("event", row => (long)row.Event),
        new("arguments", row => row.Arguments),
    ];

    public static readonly Column<OutputFrame>[] Frame =
    [
        new("command_host_id", row => Bytes(row.CommandHostId)),
        new("attempt", row => (long)row.Attempt),
        new("stream", row => (long)row.Stream),
        new("offset", row => row.Offset),
        new("length", row => row.Length),
        new("order", row => row.Order),
        new("breaks", row => row.Breaks, IsBlob: true),
        new("content", row => row.Content, IsBlob: true),
    ];

    public static readonly Column<FrameRange>[] FrameRange =
    [
        new("command_host_id", row => Bytes(row.CommandHostId)),
        new("attempt", row => (long)row.Attempt),
        new("stream", row => (long)row.Stream),
        new("from", row => row.From),
        new("until", row => row.Until),
    ];

    public static readonly Column<SealedOutput>[] Output =
    [
        new("task_id", row => Bytes(row.TaskId)),
        new("hash", row => row.Hash),
        new("encoding", row => (long)row.Encoding),
        new("layout", row => row.Layout, IsBlob: true),
        new("content", row => row.Content, IsBlob: true),
    ];

    public static readonly Column<Hosts.Host> HostId = new("id", row => Bytes(row.Id));

    /// <summary>Columns of <c>hosts</c> that change with every session.</summary>
    public static readonly Column<Hosts.Host>[] HostSession =
    [
        new("connected", row => row.Connected ? 1L : 0L),
        new("session_epoch", row => row.SessionEpoch),
        new("confirmed_epoch", row => row.ConfirmedEpoch),
        new("place_id", row => row.PlaceId),
        new("connected_at", row => HotRows.Milliseconds(row.ConnectedAt)),
        new("disconnected_at", row => HotRows.Milliseconds(row.DisconnectedAt)),
        new("last_seen_at", row => HotRows.Milliseconds(row.LastSeenAt)),
        new("ip", row => row.Ip),
        new("load", row => row.Load),
        new("boot_id", row => row.BootId),
        new("journal_id", row => row.JournalId),
        new("journal_sequence", row => row.JournalSequence),
    ];

    public static readonly Column<JournalSight>[] JournalSight =
    [
        new("id", sight => Bytes(sight.HostId)),
        new("session_epoch", sight => sight.SessionEpoch),
        new("journal_sequence", sight => sight.Sequence),
        new("confirmed_epoch", sight => sight.ConfirmedEpoch),
    ];

    public static readonly Column<HostSight>[] HostSight =
    [
        new("id", sight => Bytes(sight.HostId)),
        new("session_epoch", sight => sight.SessionEpoch),
        new("last_seen_at", sight => HotRows.Milliseconds(sight.LastSeenAt)),
        new("load", sight => sight.Load),
        new("journal_sequence", sight => sight.Sequence),
        new("confirmed_epoch", sight => sight.ConfirmedEpoch),
    ];

    private static byte[]? Bytes(Guid? id) => id?.ToByteArray(bigEndian: true);
}
