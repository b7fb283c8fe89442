using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using TaskConsole.Core.Acts;
using TaskConsole.Core.Persistence;
using TaskConsole.Core.Tasks.Composing;

namespace TaskConsole.Core.Tasks;

internal sealed class OpsTaskModel : IEntityTypeConfiguration<OpsTask>
{
    public void Configure(EntityTypeBuilder<OpsTask> builder)
    {
        builder.ToTable("tasks");
        builder.HasKey(task => task.Id);
        builder.Property(task => task.Id).ValueGeneratedNever();
        builder.Property(task => task.Name).HasMaxLength(OpsTask.MaxNameLength);
        builder.Property(task => task.Description).HasMaxLength(OpsTask.MaxDescriptionLength);
        builder.Property(task => task.CreatedBy).HasMaxLength(Actor.MaxNameLength);
        builder.Property(task => task.Targets).HasAnnotation(TaskConsoleContext.LongAnnotation, true);
        builder.Property(task => task.Parameters).HasAnnotation(TaskConsoleContext.LongAnnotation, true);
        builder.Property(task => task.SecretNames).HasAnnotation(TaskConsoleContext.LongAnnotation, true);
        builder.Property(task => task.Secrets).HasAnnotation(TaskConsoleContext.LongAnnotation, true);
        builder.Property(task => task.Notices).HasAnnotation(TaskConsoleContext.LongAnnotation, true);
        builder.Property(task => task.Rollout).HasMaxLength(2_000);
        builder.Property(task => task.Lock).HasMaxLength(200);
        builder.Property(task => task.HoldCode).HasMaxLength(32);
        builder.Property(task => task.HoldArguments).HasMaxLength(1_000);
        builder.HasIndex(task => new { task.Status, task.Id });
        builder.HasIndex(task => task.RetryOf);
    }
}

internal sealed class CommandModel : IEntityTypeConfiguration<Command>
{
    public void Configure(EntityTypeBuilder<Command> builder)
    {
        builder.ToTable("commands");
        builder.HasKey(command => command.Id);
        builder.Property(command => command.Id).ValueGeneratedNever();
        builder.Property(command => command.Name).HasMaxLength(200);
        builder.Property(command => command.Script).HasAnnotation(TaskConsoleContext.LongAnnotation, true);
        builder.Property(command => command.Interpreter).HasAnnotation(TaskConsoleContext.LongAnnotation, true);
        builder.Property(command => command.WorkingDirectory).HasMaxLength(4_096);
        builder.Property(command => command.Environment).HasAnnotation(TaskConsoleContext.LongAnnotation, true);
        builder.Property(command => command.RunAs).HasMaxLength(TaskSpecValidator.MaxAccountBytes);
        builder.HasIndex(command => new { command.TaskId, command.Index }).IsUnique();
        builder.HasOne<OpsTask>().WithMany().HasForeignKey(command => command.TaskId).OnDelete(DeleteBehavior.Cascade);
    }
}

internal sealed class CommandHostModel : IEntityTypeConfiguration<CommandHost>
{
    public void Configure(EntityTypeBuilder<CommandHost> builder)
    {
        builder.ToTable("command_hosts");
        builder.HasKey(row => row.Id);
        builder.Property(row => row.Id).ValueGeneratedNever();
        builder.Property(row => row.HostName).HasMaxLength(Hosts.Host.MaxNameLength);
        builder.Property(row => row.OutputHash).HasMaxLength(32);
        builder.HasIndex(row => new { row.TaskId, row.Status, row.Id });

        // The column is null for rows that are not ready, or do not run; SQLite leaves them out of the index, MariaDB keeps them together at its front.
        builder.HasIndex(row => new { row.ReadyTaskId, row.Id }).HasFilter("ready_task_id IS NOT NULL");
        builder.HasIndex(row => row.ActiveHostId).HasFilter("active_host_id IS NOT NULL");
        builder.HasOne<OpsTask>().WithMany().HasForeignKey(row => row.TaskId).OnDelete(DeleteBehavior.Cascade);
    }
}

internal sealed class IdempotencyKeyModel : IEntityTypeConfiguration<IdempotencyKey>
{
    public void Configure(EntityTypeBuilder<IdempotencyKey> builder)
    {
        builder.ToTable("idempotency_keys");
        builder.HasKey(row => new { row.Scope, row.Key });
        builder.Property(row => row.Scope).HasMaxLength(200);
        builder.Property(row => row.Key).HasMaxLength(200);
        builder.Property(row => row.BodyHash).HasMaxLength(32);
        builder.HasIndex(row => row.CreatedAt);
    }
}
