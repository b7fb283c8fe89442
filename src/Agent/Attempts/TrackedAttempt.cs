using TaskConsole.Agent.Journal;
using TaskConsole.Agent.Journal.Records;
using TaskConsole.Agent.Spool;
using TaskConsole.Agent.Supervision;
using TaskConsole.Agent.Supervision.Messages;

namespace TaskConsole.Agent.Attempts;

/// <summary>An attempt that this agent has claimed and the hub has not let go yet. What is on disk is the truth.</summary>
internal sealed class TrackedAttempt(AttemptId id, AttemptFolder folder, ClaimRecord claim)
{
    private readonly Lock _gate = new();
    private SupervisorLink? _link;
    private SupervisorCommand? _cancel;
    private volatile StartRecord? _start;
    private volatile CountedEnd? _end;
    private volatile bool _forgotten;
    private long _bytes;

    public AttemptId Id => id;

    public AttemptFolder Folder => folder;

    public ClaimRecord Claim => claim;

    /// <summary>What of its output is kept.</summary>
    public SpoolLimits Limits => new(claim.OutputHeadBytes, claim.OutputTailBytes);

    /// <summary>Set whenever something of it has changed.</summary>
    public AsyncSignal Changed { get; } = new();

    /// <summary>Null until the script runs.</summary>
    public StartRecord? Start => _start is { Pid: > 0 } start ? start : null;

    /// <summary>Null until it has ended and the end is counted.</summary>
    public CountedEnd? End => _end;

    /// <summary>The hub wants no more of it.</summary>
    public bool IsForgotten => _forgotten;

    /// <summary>What the hub acknowledged last; written by its uplink alone.</summary>
    public AcknowledgedRecord Acknowledged { get; } = folder.ReadAcknowledged();

    public void Saw(StartRecord? start)
    {
        if (start is not null)
            _start = start;
    }

    /// <summary>Bytes that its records and output take, or may still take while it runs.</summary>
    public long ReservedBytes => Volatile.Read(ref _bytes) is > 0 and var bytes ? bytes : Limits.MostBytes;

    /// <summary>The end goes out first; what the folder takes is looked at afterwards.</summary>
    public void Saw(CountedEnd end)
    {
        _end = end;
        Changed.Set();
        Volatile.Write(ref _bytes, folder.MeasureBytes());
    }

    public void Forget()
    {
        _forgotten = true;
        Changed.Set();
    }

    /// <summary>Tells the supervisor, now or as soon as it listens; without effect on one that has ended.</summary>
    public void Cancel(SupervisorCommand command)
    {
        lock (_gate)
        {
            _cancel = command;
            _link?.TrySend(command);
        }
    }

    /// <summary>The supervisor listens: it is told what came before.</summary>
    public void Attach(SupervisorLink link)
    {
        lock (_gate)
        {
            _link = link;
            if (_cancel is { } command)
                link.TrySend(command);
        }
    }

    public void Detach()
    {
        lock (_gate)
            _link = null;
    }
}

/// <summary>The end of an attempt, with the number that the journal gave it.</summary>
internal sealed record CountedEnd(EndRecord Record, ulong Sequence);
