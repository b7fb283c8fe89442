using System.Linq.Expressions;
using TaskConsole.Core.Persistence;
using TaskConsole.Core.Queue;
using TaskConsole.Core.Results;
using TaskConsole.Core.Tasks.Composing;

namespace TaskConsole.Core.Tasks;

/// <summary>Rows to views.</summary>
internal static class TaskMapping
{
    /// <summary>What stands where a secret would.</summary>
    public const string Mask = "********";

    /// <summary>The columns of a task that a list needs: leaves out what may be long.</summary>
    public static readonly Expression<Func<OpsTask, OpsTask>> WithoutDetail = task => new OpsTask
    {
        Id = task.Id,
        Name = task.Name,
        Description = task.Description,
        Priority = task.Priority,
        Status = task.Status,
        CreatedByKind = task.CreatedByKind,
        CreatedById = task.CreatedById,
        CreatedBy = task.CreatedBy,
        CreatedAt = task.CreatedAt,
        StartedAt = task.StartedAt,
        FinishedAt = task.FinishedAt,
        CancelRequestedAt = task.CancelRequestedAt,
        RetryOf = task.RetryOf,
        Targets = "",
        HostsTotal = task.HostsTotal,
        HostsWaiting = task.HostsWaiting,
        HostsRunning = task.HostsRunning,
        HostsSucceeded = task.HostsSucceeded,
        HostsFailed = task.HostsFailed,
        Total = task.Total,
        PendingCount = task.PendingCount,
        DispatchedCount = task.DispatchedCount,
        RunningCount = task.RunningCount,
        UnreachableCount = task.UnreachableCount,
        SucceededCount = task.SucceededCount,
        FailedCount = task.FailedCount,
        TimedOutCount = task.TimedOutCount,
        CanceledCount = task.CanceledCount,
        DispatchFailedCount = task.DispatchFailedCount,
        SkippedCount = task.SkippedCount,
    };

    public static TaskSummary Summary(OpsTask task, DateTimeOffset now) => new()
    {
        Id = task.Id,
        Name = task.Name,
        Description = task.Description,
        Priority = task.Priority,
        Status = task.Status,
        CreatedBy = task.CreatedBy,
        CreatedByActor = new ActorView(task.CreatedByKind, task.CreatedById, task.CreatedBy),
        CreatedAt = task.CreatedAt,
        StartedAt = task.StartedAt,
        FinishedAt = task.FinishedAt,
        DurationMs = Duration(task, now),
        CancelRequestedAt = task.CancelRequestedAt,
        RetryOf = task.RetryOf,
        SuccessRate = SuccessRate(task),
        Progress = Progress(task),
        HostProgress = Hosts(task),
        Hold = HoldText.View(HoldText.Read(task)),
    };

    public static TaskView View(OpsTask task, IReadOnlyList<Command> commands, DateTimeOffset now) => new(Summary(task, now))
    {
        Commands = [.. commands.Select(View)],
        Targets = Json.Read<TargetSpec>(task.Targets),
        Notices = task.Notices is null ? [] : Json.Read<List<CodedMessage>>(task.Notices),
        Parameters = task.Parameters is null ? null : Json.ReadMap(task.Parameters),
        SecretParameters = task.SecretNames is null ? null : Json.Read<List<string>>(task.SecretNames).ToDictionary(name => name, _ => Mask, StringComparer.Ordinal),
        Rollout = task.Rollout is null ? null : Json.Read<RolloutSpec>(task.Rollout),
        TimeoutSeconds = task.TimeoutSeconds,
        OfflineHosts = task.OfflineHosts,
        WaitSeconds = task.WaitSeconds,
        Lock = task.Lock,
    };

    public static CommandView View(Command command) => new(
        command.Id,
        command.Index,
        command.Name,
        command.Script,
        Json.Read<List<string>>(command.Interpreter),
        command.TimeoutSeconds,
        command.WorkingDirectory,
        command.Environment is null ? null : Json.ReadMap(command.Environment),
        command.RunAs,
        command.OnFailure,
        command.Retries,
        command.RetryDelaySeconds);

    /// <param name="row">The row.</param>
    /// <param name="result">Result of the attempt that counts now; null before its end, and when the server ended it without one.</param>
    /// <param name="said">What a person said who settled it.</param>
    /// <param name="commandId">Of its command.</param>
    /// <param name="committed">Bytes of stdout and stderr committed so far, while there is no result.</param>
    /// <param name="background">Processes that its attempts left in the background and that are not known to have ended.</param>
    public static CommandHostView View(CommandHost row, CommandResult? result, string? said, Guid commandId, (long Stdout, long Stderr) committed, int background) => new()
    {
        Id = row.Id,
        CommandId = commandId,
        CommandIndex = row.CommandIndex,
        HostId = row.HostId,
        HostName = row.HostName,
        Status = row.Status,
        Reason = row.Reason,
        Details = row.Reason == Tasks.Reason.ResolvedByUser ? Said(said) : DetailsText.Read(result?.Details),
        ExitCode = row.ExitCode,
        Signal = result?.Signal,
        Attempt = row.Attempt,
        DispatchedAt = row.DispatchedAt,
        StartedAt = row.StartedAt,
        FinishedAt = row.FinishedAt,
        DurationMs = result?.DurationMs,
        StdoutBytes = result?.StdoutBytes ?? committed.Stdout,
        StderrBytes = result?.StderrBytes ?? committed.Stderr,
        Truncated = result?.Truncated ?? false,
        UnreachableSince = row.Status == CommandHostStatus.Unreachable ? row.UnreachableSince : null,
        CancelRequestedAt = row.CancelRequestedAt,
        MayStillRun = row.IsAliveAfterAll,
        LeftInBackground = background,
    };

    public static AttemptView View(CommandResult result) => new(
        result.Attempt,
        result.Status,
        result.Reason,
        DetailsText.Read(result.Details),
        result.ExitCode,
        result.Signal,
        result.DispatchedAt,
        result.StartedAt,
        result.FinishedAt,
        result.DurationMs,
        result.StdoutBytes,
        result.StderrBytes,
        result.Truncated,
        result.Late,
        result.Background,
        result.TermSentAt,
        result.KillSentAt,
        result.Killed,
        result.Escaped);

    private static List<CodedMessage> Said(string? said) => said is null ? [] : [CodedMessage.Of(AttemptDetailCode.SaidByPerson, ("text", said))];

    private static long? Duration(OpsTask task, DateTimeOffset now) =>
        task.StartedAt is { } started ? (long)((task.FinishedAt ?? now) - started).TotalMilliseconds : null;

    private static int Ended(OpsTask task) =>
        task.Total - task.PendingCount - task.DispatchedCount - task.RunningCount - task.UnreachableCount;

    private static double? SuccessRate(OpsTask task) =>
        Ended(task) is > 0 and var ended ? (double)task.SucceededCount / ended : null;

    private static TaskProgress Progress(OpsTask task) => new(
        task.Total,
        task.PendingCount,
        task.DispatchedCount,
        task.RunningCount,
        task.UnreachableCount,
        task.SucceededCount,
        task.FailedCount,
        task.TimedOutCount,
        task.CanceledCount,
        task.DispatchFailedCount,
        task.SkippedCount,
        task.Total == 0 ? 0 : Math.Round(100.0 * Ended(task) / task.Total, 2));

    private static HostProgress Hosts(OpsTask task) =>
        new(task.HostsTotal, task.HostsWaiting, task.HostsRunning, task.HostsSucceeded, task.HostsFailed);
}
