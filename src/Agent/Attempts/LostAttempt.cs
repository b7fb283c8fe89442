using System.Text;
using Microsoft.Extensions.Logging;
using TaskConsole.Agent.Details;
using TaskConsole.Agent.Execution;
using TaskConsole.Agent.Journal;
using TaskConsole.Agent.Journal.Records;
using TaskConsole.Agent.Spool;
using TaskConsole.Agent.Supervision;
using TaskConsole.Contract;
using TaskConsole.Protocol.V1;

namespace TaskConsole.Agent.Attempts;

/// <summary>
/// Writes the end of an attempt whose supervisor is gone: abandoned if it had not started anything, else
/// lost; then what is left of its processes is killed first. A record that is there and cannot be read counts
/// as written. Called under the attempt's lock.
/// </summary>
internal sealed partial class LostAttempt(HostCgroups cgroups, TimeProvider time, ILogger<LostAttempt> logger)
{
    private const int MostOfCommandLine = 8 * 1024;
    // No timeout is longer than a week: more than a year between two dates says that one of them was wrong.
    private static readonly TimeSpan LongestRun = TimeSpan.FromDays(366);

    public async Task SettleAsync(TrackedAttempt attempt, CancellationToken cancellationToken)
    {
        if (attempt.Folder.HasEnd)
            EndUnreadable(attempt);
        else if (attempt.Folder.HasStart)
            await EndLostAsync(attempt, attempt.Folder.ReadStart() ?? UnreadableStart(attempt), cancellationToken);
        else
            Abandon(attempt);
    }

    /// <summary>What is known of a start whose record cannot be read: it may have run, in the boot of its claim.</summary>
    public static StartRecord UnreadableStart(TrackedAttempt attempt) =>
        new() { BootId = attempt.Claim.BootId.Length > 0 ? attempt.Claim.BootId : BootId.Current };

    // It ended as it should have; what it has left running in the background is left alone.
    private void EndUnreadable(TrackedAttempt attempt)
    {
        var start = attempt.Folder.ReadStart();
        var (stdout, stderr) = SpoolReader.Measure(attempt.Folder.Path, attempt.Limits);
        LogUnreadable(attempt.Id);
        attempt.Folder.WriteEnd(new EndRecord
        {
            Outcome = Outcome.SupervisorLost,
            StartedAtMs = start?.StartedAtMs ?? 0,
            FinishedAtMs = Now,
            StdoutBytes = stdout,
            StderrBytes = stderr,
            Details = { AttemptDetail.Of(AttemptDetailCode.EndDamaged) },
        });
    }

    private void Abandon(TrackedAttempt attempt)
    {
        attempt.Folder.Abandon();
        LogAbandoned(attempt.Id);
        attempt.Folder.WriteEnd(new EndRecord
        {
            Outcome = Outcome.StartFailed,
            FinishedAtMs = Now,
            Details = { AttemptDetail.Of(AttemptDetailCode.Abandoned) },
        });
    }

    private async Task EndLostAsync(TrackedAttempt attempt, StartRecord start, CancellationToken cancellationToken)
    {
        var restarted = start.BootId != BootId.Current;
        if (!restarted && IsSupervisedElsewhere(attempt, start))
        {
            EndCopy(attempt, start);
            return;
        }

        var tree = new OrphanedTree(start, restarted ? null : FindCgroup(attempt.Id, start));
        var ladder = new KillLadder(tree.Scan, tree.Cgroup, time);
        if (!restarted)
            await ladder.RunAsync(start.Pid, TimeSpan.FromMilliseconds(attempt.Claim.KillGraceMs), cancellationToken);
        tree.Cgroup?.Remove();
        var (stdout, stderr) = SpoolReader.Measure(attempt.Folder.Path, attempt.Limits);
        LogLost(attempt.Id, restarted, ladder.Killed);
        attempt.Folder.WriteEnd(new EndRecord
        {
            Outcome = restarted ? Outcome.HostRestarted : Outcome.SupervisorLost,
            StartedAtMs = start.StartedAtMs,
            FinishedAtMs = Now,
            DurationMs = MeasureDuration(start, restarted),
            StdoutBytes = stdout,
            StderrBytes = stderr,
            Details = { restarted ? [] : ExplainLoss(attempt.Id, tree, ladder.Killed) },
            TermSentAtMs = ladder.TermSentAtMs,
            KillSentAtMs = ladder.KillSentAtMs,
            Killed = ladder.Killed,
            Escaped = ladder.Escaped,
        });
    }

    // The lock of this folder is free, and its supervisor lives: what it watches over is that of the folder which this one was copied from.
    private static bool IsSupervisedElsewhere(TrackedAttempt attempt, StartRecord start)
    {
        Span<byte> line = stackalloc byte[MostOfCommandLine];
        return start.SupervisorPid > 0
            && line[..ProcFile.Read(start.SupervisorPid, "cmdline", line)].IndexOf(Encoding.ASCII.GetBytes($"/{attempt.Id}\0")) >= 0;
    }

    private void EndCopy(TrackedAttempt attempt, StartRecord start)
    {
        LogCopied(attempt.Id);
        attempt.Folder.WriteEnd(new EndRecord
        {
            Outcome = Outcome.SupervisorLost,
            StartedAtMs = start.StartedAtMs,
            FinishedAtMs = Now,
            Details = { AttemptDetail.Of(AttemptDetailCode.Copied) },
        });
    }

    // Its name follows from the attempt: the supervisor may have been killed before it could write where it is.
    private AttemptCgroup? FindCgroup(AttemptId id, StartRecord start)
    {
        if (start.Cgroup.Length > 0)
            return new AttemptCgroup(start.Cgroup);
        return cgroups.Parent.Length > 0 ? AttemptCgroup.TryFind(cgroups.Parent, id) : null;
    }

    // Only what is known: a mark in the environment can be forged and taken off.
    private static List<Detail> ExplainLoss(AttemptId id, OrphanedTree tree, int killed)
    {
        var carriers = new AttemptMark(id).CountCarriers();
        var code = tree.Cgroup is null ? AttemptDetailCode.SessionKilled
            : carriers == 0 ? AttemptDetailCode.TreeKilled
            : AttemptDetailCode.CgroupKilled;
        List<Detail> details = [AttemptDetail.Of(code, ("count", AttemptDetail.Number(killed)))];
        if (carriers > 0)
            details.Add(AttemptDetail.Of(AttemptDetailCode.MarkCarried, ("count", AttemptDetail.Number(carriers))));
        return details;
    }

    // After a restart of the host nothing but the date tells, whoever has set it.
    private long MeasureDuration(StartRecord start, bool restarted) =>
        start.StartedAtMs == 0 ? 0
        : restarted ? Now - start.StartedAtMs is var passed && passed > 0 && passed <= LongestRun.TotalMilliseconds ? passed : 0
        : MonotonicClock.Milliseconds(time) - start.StartedMonotonicMs;

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    [LoggerMessage(Level = LogLevel.Error, Message = "Attempt {Attempt} has ended, but how can no longer be read")]
    private partial void LogUnreadable(AttemptId attempt);

    [LoggerMessage(Level = LogLevel.Error, Message = "Attempt {Attempt} runs for another data directory, which this one is a copy of; nothing of it was touched")]
    private partial void LogCopied(AttemptId attempt);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Attempt {Attempt} was claimed but never started; it will not be")]
    private partial void LogAbandoned(AttemptId attempt);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Attempt {Attempt} lost its supervisor (host restarted: {Restarted}); {Killed} processes of it were killed")]
    private partial void LogLost(AttemptId attempt, bool restarted, int killed);
}
