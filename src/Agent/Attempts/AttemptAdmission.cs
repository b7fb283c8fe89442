using Microsoft.Extensions.Logging;
using TaskConsole.Agent.Details;
using TaskConsole.Agent.Execution;
using TaskConsole.Agent.Journal;
using TaskConsole.Agent.Journal.Records;
using TaskConsole.Agent.Settings;
using TaskConsole.Agent.Spool;
using TaskConsole.Agent.Supervision;
using TaskConsole.Agent.Supervision.Messages;
using TaskConsole.Contract;
using TaskConsole.Protocol.V1;

namespace TaskConsole.Agent.Attempts;

/// <summary>What came of an Execute: one of the three.</summary>
/// <param name="Claimed">It was claimed now.</param>
/// <param name="Known">It had been claimed before; nothing was started.</param>
/// <param name="Answer">It will never start; this says so.</param>
internal readonly record struct Admission(TrackedAttempt? Claimed, TrackedAttempt? Known, AgentMessage? Answer);

/// <summary>
/// Decides whether an attempt starts here, and makes every decision durable before it is told: a claim
/// before the start, a tombstone before a refusal.
/// </summary>
internal sealed partial class AttemptAdmission(
    AgentOptions options,
    AgentJournal journal,
    AttemptRegistry attempts,
    SupervisorProcesses supervisors,
    WorkCleaner cleaner,
    HostCgroups cgroups,
    DataDirectory data,
    HubClock hubClock,
    TimeProvider time,
    ILogger<AttemptAdmission> logger)
{
    // A hello names no more.
    private const int MostKept = 4096;
    private const double LeastFreeShare = 0.05;

    /// <param name="payload">Null when it did not come whole.</param>
    public Admission Admit(AttemptId id, Execute execute, Payload? payload, SessionLimits limits)
    {
        if (attempts.TryGet(id, out var known))
            return new Admission(null, known, null);
        if (journal.Tombstones.TryGet(id, out var tombstone))
            return new Admission(null, null, AnswerFrom(id, tombstone));
        if (FindObstacle(execute, payload) is var (cause, why))
            return new Admission(null, null, Refuse(id, cause, why));
        try
        {
            return new Admission(Start(id, execute, payload!, limits), null, null);
        }
        catch (IOException failure)
        {
            return new Admission(null, null, Refuse(id, Refused.Types.Cause.ClaimNotWritten, AttemptDetail.Of(AttemptDetailCode.ClaimNotWritten, failure)));
        }
    }

    /// <summary>A cancel of an attempt that is not known: it will not start when its Execute comes.</summary>
    public AgentMessage CancelUnknown(AttemptId id)
    {
        if (journal.Tombstones.TryGet(id, out var tombstone))
            return AnswerFrom(id, tombstone);
        var finished = new Finished
        {
            Key = id.ToKey(),
            Outcome = Outcome.Canceled,
            FinishedAtMs = time.GetUtcNow().ToUnixTimeMilliseconds(),
            Details = { AttemptDetail.Of(AttemptDetailCode.CanceledBeforeArrival) },
        };
        var isDurable = Entomb(id, record =>
        {
            finished.JournalSequence = record.Sequence;
            record.Finished = finished;
        });
        if (!isDurable)
            finished.JournalSequence = journal.Sequence;
        return new AgentMessage { Finished = finished };
    }

    /// <summary>A Forget of an attempt that is not known: no copy of it may start.</summary>
    public void ForgetUnknown(AttemptId id)
    {
        if (!journal.Tombstones.TryGet(id, out _))
            Entomb(id, _ => { });
    }

    private TrackedAttempt Start(AttemptId id, Execute execute, Payload payload, SessionLimits limits)
    {
        var claim = new ClaimRecord
        {
            Key = execute.Key,
            ClaimedAtMs = time.GetUtcNow().ToUnixTimeMilliseconds(),
            BootId = BootId.Current,
            TaskId = execute.TaskId,
            TaskName = execute.TaskName,
            CommandIndex = execute.CommandIndex,
            Interpreter = { execute.Interpreter },
            TimeoutMs = execute.TimeoutMs,
            KillGraceMs = execute.KillGraceMs,
            WorkingDirectory = execute.WorkingDirectory,
            RunAs = execute.RunAs,
            OutputHeadBytes = execute.OutputHeadBytes,
            OutputTailBytes = execute.OutputTailBytes,
            OutputLiveBytesPerSecond = limits.OutputLiveBytesPerSecond,
            OutputWindowBytes = limits.OutputWindowBytes,
        };
        var folder = journal.Claim(id, claim);
        LogClaimed(id, execute.TaskName, execute.CommandIndex);
        var request = new SupervisorRequest
        {
            Claim = claim,
            Payload = payload,
            HostName = options.Name,
            SearchPath = options.SearchPath,
            Language = Environment.GetEnvironmentVariable("LANG") is { Length: > 0 } language ? language : "C.UTF-8",
            CgroupParent = cgroups.Parent,
        };
        return attempts.Add(id, folder, claim, cancellationToken => LaunchAsync(folder, request, cancellationToken));
    }

    // A supervisor that cannot be started leaves its lock free: the attempt is then settled as never started.
    private async Task<StartedSupervisor?> LaunchAsync(AttemptFolder folder, SupervisorRequest request, CancellationToken cancellationToken)
    {
        try
        {
            var started = SupervisorLauncher.Start(folder, request, cancellationToken);
            supervisors.Add(started.Pid);
            await started.HandOver;
            return started;
        }
        catch (IOException failure)
        {
            LogNoSupervisor(failure.Message);
            return null;
        }
    }

    private (Refused.Types.Cause Cause, Detail Why)? FindObstacle(Execute execute, Payload? payload)
    {
        if (hubClock.NowMs > execute.NotAfterMs)
            return (Refused.Types.Cause.Expired, AttemptDetail.Of(AttemptDetailCode.Expired));
        if (payload is null)
            return (Refused.Types.Cause.NotPossible, AttemptDetail.Of(AttemptDetailCode.ScriptIncomplete));
        if (execute.Interpreter is [] or ["", ..] || execute.TimeoutMs <= 0 || execute.TaskId.Length != 16)
            return (Refused.Types.Cause.NotPossible, AttemptDetail.Of(AttemptDetailCode.Incomplete));
        if (execute.OutputHeadBytes <= 0 || execute.OutputTailBytes < 0)
            return (Refused.Types.Cause.NotPossible, AttemptDetail.Of(AttemptDetailCode.NoOutputLimits));
        if (execute.OutputHeadBytes > options.MaximumSpoolBytes || execute.OutputTailBytes > options.MaximumSpoolBytes)
            return (Refused.Types.Cause.NotPossible, AttemptDetail.Of(AttemptDetailCode.OutputLimitsTooLarge, ("limitBytes", AttemptDetail.Number(options.MaximumSpoolBytes))));
        if (execute.RunAs.Length > 0 && Libc.EffectiveUserId() != 0 && !UserAccount.Current().IsCalled(execute.RunAs))
            return (Refused.Types.Cause.NotPossible, AttemptDetail.Of(AttemptDetailCode.NotRoot, ("user", AttemptDetail.Text(execute.RunAs))));
        if (attempts.Running >= options.MaximumRunning)
            return (Refused.Types.Cause.TooMany, AttemptDetail.Of(AttemptDetailCode.Running, ("limit", AttemptDetail.Number(options.MaximumRunning))));
        if (attempts.Kept >= MostKept)
            return (Refused.Types.Cause.TooMany, AttemptDetail.Of(AttemptDetailCode.Unacknowledged, ("count", AttemptDetail.Number(attempts.Kept))));
        var bytes = attempts.ReservedBytes;
        if (bytes + new SpoolLimits(execute.OutputHeadBytes, execute.OutputTailBytes).MostBytes > options.MaximumSpoolBytes)
            return (Refused.Types.Cause.TooMany, AttemptDetail.Of(AttemptDetailCode.SpoolFull, ("bytes", AttemptDetail.Number(bytes)), ("limitBytes", AttemptDetail.Number(options.MaximumSpoolBytes))));
        if (cleaner.Stuck > 0 && data.FreeShare() < LeastFreeShare)
            return (Refused.Types.Cause.TooMany, AttemptDetail.Of(AttemptDetailCode.DiskLow, ("percent", AttemptDetail.Number((long)(LeastFreeShare * 100))), ("folders", AttemptDetail.Number(cleaner.Stuck)), ("bytes", AttemptDetail.Number(cleaner.StuckBytes))));
        return null;
    }

    private AgentMessage Refuse(AttemptId id, Refused.Types.Cause cause, Detail why)
    {
        var refused = new Refused { Key = id.ToKey(), Cause = cause, Details = { why } };
        var isDurable = Entomb(id, record =>
        {
            refused.JournalSequence = record.Sequence;
            record.Refused = refused;
        });
        if (!isDurable)
            refused.JournalSequence = journal.Sequence;
        LogRefused(id, cause, AttemptDetail.Describe(why));
        return new AgentMessage { Refused = refused };
    }

    // On a full disk it holds for as long as this agent lives, and is written when there is room. Until then its
    // number is not told: after a restart the journal would seem to have been rolled back.
    private bool Entomb(AttemptId id, Action<TombstoneRecord> fill)
    {
        try
        {
            journal.Tombstones.Add(id, fill);
            return true;
        }
        catch (IOException failure)
        {
            LogTombstoneFailed(id, failure.Message);
            return false;
        }
    }

    private static AgentMessage AnswerFrom(AttemptId id, TombstoneRecord tombstone) => tombstone.AnswerCase switch
    {
        TombstoneRecord.AnswerOneofCase.Refused => new AgentMessage { Refused = tombstone.Refused },
        TombstoneRecord.AnswerOneofCase.Finished => new AgentMessage { Finished = tombstone.Finished },
        _ => new AgentMessage
        {
            Refused = new Refused
            {
                Key = id.ToKey(),
                Cause = Refused.Types.Cause.Expired,
                Details = { AttemptDetail.Of(AttemptDetailCode.LetGo) },
                JournalSequence = tombstone.Sequence,
            },
        },
    };

    [LoggerMessage(Level = LogLevel.Information, Message = "Attempt {Attempt} claimed: command {CommandIndex} of '{TaskName}'")]
    private partial void LogClaimed(AttemptId attempt, string taskName, uint commandIndex);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Attempt {Attempt} refused ({Cause}): {Why}")]
    private partial void LogRefused(AttemptId attempt, Refused.Types.Cause cause, string why);

    [LoggerMessage(Level = LogLevel.Error, Message = "The tombstone of attempt {Attempt} is not on disk: {Why}")]
    private partial void LogTombstoneFailed(AttemptId attempt, string why);

    [LoggerMessage(Level = LogLevel.Error, Message = "A supervisor could not be started: {Why}")]
    private partial void LogNoSupervisor(string why);
}
