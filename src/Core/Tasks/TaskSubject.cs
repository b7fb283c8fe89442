using Microsoft.EntityFrameworkCore;
using TaskConsole.Core.Acts;
using TaskConsole.Core.Persistence;
using TaskConsole.Core.Tasks.Composing;

namespace TaskConsole.Core.Tasks;

/// <summary>Tasks and CommandHosts as subjects of acts, and what the audit keeps of a task that was composed.</summary>
internal static class TaskSubject
{
    public static ActSubject Of(OpsTask task, WriteUnit unit) => new(
        SubjectKind.Task,
        task.Id,
        task.Name,
        async token => await unit.Context.CommandHosts.AsNoTracking().Where(row => row.TaskId == task.Id).Select(row => row.HostId).Distinct().ToListAsync(token));

    /// <summary>Some hosts of a task.</summary>
    public static ActSubject Of(OpsTask task, IReadOnlyCollection<Guid> hostIds) => new(SubjectKind.Task, task.Id, task.Name, _ => Task.FromResult(hostIds));

    public static ActSubject Of(ComposedTask composed) => new(
        SubjectKind.Task,
        composed.Task.Id,
        composed.Task.Name,
        _ => Task.FromResult<IReadOnlyCollection<Guid>>([.. composed.CommandHosts.Select(row => row.HostId).Distinct()]));

    public static ActSubject Of(CommandHost row) => new(
        SubjectKind.CommandHost,
        row.Id,
        row.HostName,
        _ => Task.FromResult<IReadOnlyCollection<Guid>>([row.HostId]));

    public static void NoteComposed(ActInProgress act, ComposedTask composed)
    {
        var task = composed.Task;
        act.Note("name", null, task.Name);
        act.Note("status", null, task.Status);
        act.Note("priority", null, task.Priority);
        act.Note("description", null, task.Description);
        act.Note("targets", null, Json.Read<TargetSpec>(task.Targets) with { HostIds = null });
        act.Note("hosts", null, AuditChanges.Hosts(composed.CommandHosts.DistinctBy(row => row.HostId).Select(row => (row.HostId, row.HostName))));
        act.Note("parameters", null, AuditChanges.Digests(task.Parameters));
        act.Note("secretParameters", null, task.SecretNames is null ? null : Json.Read<List<string>>(task.SecretNames));
        act.Note("rollout", null, task.Rollout is null ? null : Json.Read<RolloutSpec>(task.Rollout));
        act.Note("timeoutSeconds", null, task.TimeoutSeconds);
        act.Note("offlineHosts", null, task.OfflineHosts);
        act.Note("waitSeconds", null, task.WaitSeconds);
        act.Note("lock", null, task.Lock);
        act.Note("commands", null, composed.Commands.Select(command => new
        {
            command.Name,
            script = AuditChanges.Digest(command.Script),
            interpreter = AuditChanges.Text(command.Interpreter),
            command.RunAs,
            workingDirectory = AuditChanges.Text(command.WorkingDirectory),
            environment = AuditChanges.Digests(command.Environment),
            command.TimeoutSeconds,
            command.OnFailure,
            command.Retries,
            command.RetryDelaySeconds,
        }).ToList());
    }
}
