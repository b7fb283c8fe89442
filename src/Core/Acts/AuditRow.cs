using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using TaskConsole.Core.Persistence;

namespace TaskConsole.Core.Acts;

/// <summary>What became of an act. The numbers are stored.</summary>
public enum ActOutcome : byte
{
    /// <summary>It was done.</summary>
    Done = 0,

    /// <summary>The actor may not do it.</summary>
    Refused = 1,
}

/// <summary>
/// One act that was done, or refused. Row of <c>audit</c>, written in the transaction of the act and never changed.
/// <see cref="Item"/> is what counts; the other columns are copies of it to filter by.
/// </summary>
internal sealed class AuditRow
{
    /// <summary>UUIDv7, given when the act is done.</summary>
    public Guid Id { get; set; }

    /// <summary>When it was done, by the hub's clock.</summary>
    public DateTimeOffset At { get; set; }

    /// <summary>Id of the <see cref="Actor"/>.</summary>
    public Guid ActorId { get; set; }

    /// <summary><see cref="Acts.Act.Code"/>, at most 64 characters.</summary>
    public required string Act { get; set; }

    /// <summary>Of the subject; null: the installation.</summary>
    public Guid? SubjectId { get; set; }

    public ActOutcome Outcome { get; set; }

    /// <summary>JSON: <c>at, actor {kind, id, name}, address, act, subject {kind, id, name}, outcome, count, before, after</c>.</summary>
    public required string Item { get; set; }

    /// <summary>The row of an act that was done.</summary>
    public static AuditRow Of(Act act, Actor actor, ActSubject subject, AuditChanges changes, DateTimeOffset now)
    {
        // Columns are copies of the item, and keep milliseconds.
        var at = DateTimeOffset.FromUnixTimeMilliseconds(now.ToUnixTimeMilliseconds());
        return new AuditRow
        {
            Id = Guid.CreateVersion7(at),
            At = at,
            ActorId = actor.Id,
            Act = act.Code,
            SubjectId = subject.Id,
            Outcome = ActOutcome.Done,
            Item = Json.Write(new
            {
                at,
                actor = new { kind = actor.Kind, id = actor.Id, name = actor.Name },
                address = actor.Address,
                act = act.Code,
                subject = new { kind = subject.Kind, id = subject.Id, name = subject.Name },
                outcome = ActOutcome.Done,
                count = 1,
                before = changes.Before,
                after = changes.After,
            }),
        };
    }
}

internal sealed class AuditModel : IEntityTypeConfiguration<AuditRow>
{
    public void Configure(EntityTypeBuilder<AuditRow> builder)
    {
        builder.ToTable("audit");
        builder.HasKey(row => row.Id);
        builder.Property(row => row.Id).ValueGeneratedNever();
        builder.Property(row => row.Act).HasMaxLength(64);
        builder.Property(row => row.Item).HasAnnotation(TaskConsoleContext.LongAnnotation, true);
    }
}
