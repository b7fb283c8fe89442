using TaskConsole.Core.Outputs;
using TaskConsole.Core.Results;
using TaskConsole.Core.Stories;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Core.Persistence;

/// <summary>Columns of the hot tables in one fixed order, with their values: what the statements of both dialects are made from.</summary>
internal static class HotColumns
{
    /// <summary>Kind of a column, for the engines that must be told.</summary>
    public enum Kind
    {
        Number,
        Text,

        /// <summary>Ids and hashes.</summary>
        Bytes,

        /// <summary>As long as it likes.</summary>
        Blob,
    }

    public sealed record Column<T>(string Name, Kind Kind, Func<T, object?> Value);

    /// <summary>Columns of <c>command_hosts</c> that change after it was made.</summary>
    public static readonly Column<CommandHost>[] CommandHostState =
    [
        new("status", Kind.Number, row => (long)row.Status),
        new("reason", Kind.Number, row => (long?)row.Reason),
        new("attempt", Kind.Number, row => (long)row.Attempt),
        new("ready_at", Kind.Number, row => HotRows.Milliseconds(row.ReadyAt)),
        new("ready_task_id", Kind.Bytes, row => Bytes(row.ReadyTaskId)),
        new("dispatched_at", Kind.Number, row => HotRows.Milliseconds(row.DispatchedAt)),
        new("started_at", Kind.Number, row => HotRows.Milliseconds(row.StartedAt)),
        new("finished_at", Kind.Number, row => HotRows.Milliseconds(row.FinishedAt)),
        new("unreachable_since", Kind.Number, row => HotRows.Milliseconds(row.UnreachableSince)),
        new("cancel_requested_at", Kind.Number, row => HotRows.Milliseconds(row.CancelRequestedAt)),
        new("active_host_id", Kind.Bytes, row => Bytes(row.ActiveHostId)),
        new("exit_code", Kind.Number, row => (long?)row.ExitCode),
        new("output_hash", Kind.Bytes, row => row.OutputHash),
        new("event_count", Kind.Number, row => (long)row.EventCount),
    ];

    public static readonly Column<CommandHost> CommandHostId = new("id", Kind.Bytes, row => Bytes(row.Id));

    /// <summary>A row as it is to be, and what it must still be.</summary>
    public static readonly Column<CommandHostChange>[] CommandHostChange =
    [
        .. CommandHostState.Prepend(CommandHostId).Select(column => new Column<CommandHostChange>(column.Name, column.Kind, change => column.Value(change.Row))),
        new("expected_status", Kind.Number, change => (long)change.ExpectedStatus),
        new("expected_attempt", Kind.Number, change => (long)change.ExpectedAttempt),
    ];

    public static readonly Column<CommandHost>[] CommandHost =
    [
        CommandHostId,
        new("task_id", Kind.Bytes, row => Bytes(row.TaskId)),
        new("command_index", Kind.Number, row => (long)row.CommandIndex),
        new("host_id", Kind.Bytes, row => Bytes(row.HostId)),
        new("host_name", Kind.Text, row => row.HostName),
        .. CommandHostState,
    ];

    public static readonly Column<CommandResult>[] Result =
    [
        new("command_host_id", Kind.Bytes, row => Bytes(row.CommandHostId)),
        new("attempt", Kind.Number, row => (long)row.Attempt),
        new("task_id", Kind.Bytes, row => Bytes(row.TaskId)),
        new("status", Kind.Number, row => (long)row.Status),
        new("reason", Kind.Number, row => (long?)row.Reason),
        new("message", Kind.Text, row => row.Message),
        new("exit_code", Kind.Number, row => (long?)row.ExitCode),
        new("signal", Kind.Number, row => (long?)row.Signal),
        new("dispatched_at", Kind.Number, row => HotRows.Milliseconds(row.DispatchedAt)),
        new("claimed_at", Kind.Number, row => HotRows.Milliseconds(row.ClaimedAt)),
        new("started_at", Kind.Number, row => HotRows.Milliseconds(row.StartedAt)),
        new("finished_at", Kind.Number, row => HotRows.Milliseconds(row.FinishedAt)),
        new("committed_at", Kind.Number, row => HotRows.Milliseconds(row.CommittedAt)),
        new("duration_ms", Kind.Number, row => row.DurationMs),
        new("stdout_bytes", Kind.Number, row => row.StdoutBytes),
        new("stderr_bytes", Kind.Number, row => row.StderrBytes),
        new("truncated", Kind.Number, row => row.Truncated ? 1L : 0L),
        new("output_hash", Kind.Bytes, row => row.OutputHash),
        new("journal_sequence", Kind.Number, row => row.JournalSequence),
        new("late", Kind.Number, row => row.Late ? 1L : 0L),
        new("background", Kind.Number, row => (long)row.Background),
        new("term_sent_at", Kind.Number, row => HotRows.Milliseconds(row.TermSentAt)),
        new("kill_sent_at", Kind.Number, row => HotRows.Milliseconds(row.KillSentAt)),
        new("killed", Kind.Number, row => (long)row.Killed),
        new("escaped", Kind.Number, row => (long)row.Escaped),
    ];

    public static readonly Column<CommandHostEvent>[] Event =
    [
        new("command_host_id", Kind.Bytes, row => Bytes(row.CommandHostId)),
        new("number", Kind.Number, row => (long)row.Number),
        new("attempt", Kind.Number, row => (long)row.Attempt),
        new("at", Kind.Number, row => HotRows.Milliseconds(row.At)),
        new("by", Kind.Number, row => (long)row.By),
        new("event", Kind.Number, row => (long)row.Event),
        new("detail", Kind.Text, row => row.Detail),
    ];

    public static readonly Column<OutputFrame>[] Frame =
    [
        new("command_host_id", Kind.Bytes, row => Bytes(row.CommandHostId)),
        new("attempt", Kind.Number, row => (long)row.Attempt),
        new("stream", Kind.Number, row => (long)row.Stream),
        new("offset", Kind.Number, row => row.Offset),
        new("length", Kind.Number, row => row.Length),
        new("order", Kind.Number, row => row.Order),
        new("content", Kind.Blob, row => row.Content),
    ];

    public static readonly Column<FrameRange>[] FrameRange =
    [
        new("command_host_id", Kind.Bytes, row => Bytes(row.CommandHostId)),
        new("attempt", Kind.Number, row => (long)row.Attempt),
        new("stream", Kind.Number, row => (long)row.Stream),
        new("from", Kind.Number, row => row.From),
        new("until", Kind.Number, row => row.Until),
    ];

    public static readonly Column<SealedOutput>[] Output =
    [
        new("task_id", Kind.Bytes, row => Bytes(row.TaskId)),
        new("hash", Kind.Bytes, row => row.Hash),
        new("encoding", Kind.Number, row => (long)row.Encoding),
        new("layout", Kind.Blob, row => row.Layout),
        new("content", Kind.Blob, row => row.Content),
    ];

    public static readonly Column<Hosts.Host> HostId = new("id", Kind.Bytes, row => Bytes(row.Id));

    /// <summary>Columns of <c>hosts</c> that change with every session.</summary>
    public static readonly Column<Hosts.Host>[] HostSession =
    [
        new("connected", Kind.Number, row => row.Connected ? 1L : 0L),
        new("session_epoch", Kind.Number, row => row.SessionEpoch),
        new("connected_at", Kind.Number, row => HotRows.Milliseconds(row.ConnectedAt)),
        new("disconnected_at", Kind.Number, row => HotRows.Milliseconds(row.DisconnectedAt)),
        new("last_seen_at", Kind.Number, row => HotRows.Milliseconds(row.LastSeenAt)),
        new("ip", Kind.Text, row => row.Ip),
        new("load", Kind.Text, row => row.Load),
        new("boot_id", Kind.Text, row => row.BootId),
        new("journal_id", Kind.Bytes, row => row.JournalId),
        new("journal_sequence", Kind.Number, row => row.JournalSequence),
    ];

    public static readonly Column<JournalSight>[] JournalSight =
    [
        new("id", Kind.Bytes, sight => Bytes(sight.HostId)),
        new("session_epoch", Kind.Number, sight => sight.SessionEpoch),
        new("journal_sequence", Kind.Number, sight => sight.Sequence),
    ];

    public static readonly Column<HostSight>[] HostSight =
    [
        new("id", Kind.Bytes, sight => Bytes(sight.HostId)),
        new("session_epoch", Kind.Number, sight => sight.SessionEpoch),
        new("last_seen_at", Kind.Number, sight => HotRows.Milliseconds(sight.LastSeenAt)),
        new("load", Kind.Text, sight => sight.Load),
        new("journal_sequence", Kind.Number, sight => sight.Sequence),
    ];

    private static byte[]? Bytes(Guid? id) => id?.ToByteArray(bigEndian: true);
}
