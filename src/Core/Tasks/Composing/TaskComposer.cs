using TaskConsole.Core.Acts;
using TaskConsole.Core.Persistence;
using TaskConsole.Core.Secrets;

namespace TaskConsole.Core.Tasks.Composing;

/// <summary>A task with the rows that it breaks down into, not yet stored.</summary>
internal sealed record ComposedTask(OpsTask Task, IReadOnlyList<Command> Commands, IReadOnlyList<CommandHost> CommandHosts);

/// <summary>A host that a task runs on, and the first command to run there.</summary>
internal sealed record Target(Guid HostId, string HostName, int FirstCommand);

/// <summary>Breaks a valid task down into its rows: every command on every target host, in rollout order.</summary>
internal sealed class TaskComposer(SecretVault vault, TimeProvider time)
{
    public const int DefaultTimeoutSeconds = 3_600;

    public ComposedTask Compose(TaskSpec spec, IReadOnlyList<Target> targets, Actor actor)
    {
        var now = time.GetUtcNow();
        var task = new OpsTask
        {
            Id = Guid.CreateVersion7(now),
            Name = spec.Name!,
            Description = spec.Description,
            Priority = spec.Priority ?? TaskPriority.Normal,
            CreatedByKind = actor.Kind,
            CreatedById = actor.Id,
            CreatedBy = actor.Name,
            CreatedAt = now,
            Targets = Json.Write(spec.Targets!),
            Parameters = Json.WriteMap(spec.Parameters),
            SecretNames = spec.SecretParameters is { Count: > 0 } secrets ? Json.Write(secrets.Keys) : null,
            Secrets = vault.ProtectParameters(spec.SecretParameters),
            Rollout = spec.Rollout is null ? null : Json.Write(spec.Rollout),
            TimeoutSeconds = spec.TimeoutSeconds,
            OfflineHosts = spec.OfflineHosts ?? OfflineHosts.Fail,
            WaitSeconds = spec.WaitSeconds,
            Lock = spec.Lock,
        };
        var settled = spec.Commands!.Select((command, index) => SettledScript.Of(index, command.Script!, command.Interpreter)).ToList();
        List<CodedMessage> notices = [.. settled.SelectMany(one => one.Notices)];
        task.Notices = notices.Count == 0 ? null : Json.Write(notices);
        var commands = spec.Commands!.Select((command, index) => new Command
        {
            Id = Guid.CreateVersion7(now),
            TaskId = task.Id,
            Index = index,
            Name = command.Name,
            Script = settled[index].Script,
            Interpreter = Json.Write(settled[index].Interpreter),
            TimeoutSeconds = command.TimeoutSeconds ?? DefaultTimeoutSeconds,
            WorkingDirectory = command.WorkingDirectory,
            Environment = Json.WriteMap(command.Environment),
            RunAs = command.RunAs,
            OnFailure = command.OnFailure ?? OnFailure.StopHost,
            Retries = command.Retries ?? 0,
            RetryDelaySeconds = command.RetryDelaySeconds ?? 0,
        }).ToList();
        return BreakDown(task, commands, targets);
    }

    /// <summary>A new task for the same commands and values on other targets; what was settled stays settled, and is told again.</summary>
    public ComposedTask Repeat(OpsTask parent, IReadOnlyList<Command> commands, IReadOnlyList<Target> targets, Actor actor)
    {
        var now = time.GetUtcNow();
        var task = new OpsTask
        {
            Id = Guid.CreateVersion7(now),
            Name = parent.Name,
            Description = parent.Description,
            Priority = parent.Priority,
            CreatedByKind = actor.Kind,
            CreatedById = actor.Id,
            CreatedBy = actor.Name,
            CreatedAt = now,
            RetryOf = parent.Id,
            Targets = Json.Write(new TargetSpec { HostIds = [.. targets.Select(target => target.HostId)] }),
            Parameters = parent.Parameters,
            SecretNames = parent.SecretNames,
            Secrets = parent.Secrets,
            Notices = parent.Notices,
            Rollout = parent.Rollout,
            TimeoutSeconds = parent.TimeoutSeconds,
            OfflineHosts = parent.OfflineHosts,
            WaitSeconds = parent.WaitSeconds,
            Lock = parent.Lock,
        };
        var copies = commands.Select(command => new Command
        {
            Id = Guid.CreateVersion7(now),
            TaskId = task.Id,
            Index = command.Index,
            Name = command.Name,
            Script = command.Script,
            Interpreter = command.Interpreter,
            TimeoutSeconds = command.TimeoutSeconds,
            WorkingDirectory = command.WorkingDirectory,
            Environment = command.Environment,
            RunAs = command.RunAs,
            OnFailure = command.OnFailure,
            Retries = command.Retries,
            RetryDelaySeconds = command.RetryDelaySeconds,
        }).ToList();
        return BreakDown(task, copies, targets);
    }

    private ComposedTask BreakDown(OpsTask task, List<Command> commands, IReadOnlyList<Target> targets)
    {
        var ids = IdBlock.Create(time);
        var rows = new List<CommandHost>(commands.Count * targets.Count);
        for (var position = 0; position < targets.Count; position++)
        {
            var target = targets[position];
            for (var index = target.FirstCommand; index < commands.Count; index++)
            {
                rows.Add(new CommandHost
                {
                    Id = ids[((long)position * commands.Count) + index],
                    TaskId = task.Id,
                    CommandIndex = index,
                    HostId = target.HostId,
                    HostName = target.HostName,
                    Attempt = 1,
                    ReadyAt = index == target.FirstCommand ? task.CreatedAt : null,
                    ReadyTaskId = index == target.FirstCommand ? task.Id : null,
                });
            }
        }

        task.CommandCount = commands.Count;
        task.HostsTotal = task.HostsWaiting = targets.Count;
        task.Total = task.PendingCount = rows.Count;
        return new ComposedTask(task, commands, rows);
    }
}
