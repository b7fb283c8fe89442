using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using TaskConsole.Core.Acts;
using TaskConsole.Core.Persistence;

namespace TaskConsole.Core.Hosts;

internal sealed class HostModel : IEntityTypeConfiguration<Host>
{
    public void Configure(EntityTypeBuilder<Host> builder)
    {
        builder.ToTable("hosts");
        builder.HasKey(host => host.Id);
        builder.Property(host => host.Id).ValueGeneratedNever();
        builder.Property(host => host.Name).HasMaxLength(Host.MaxNameLength);
        builder.Property(host => host.Labels).HasAnnotation(TaskConsoleContext.LongAnnotation, true);
        builder.Property(host => host.Facts).HasAnnotation(TaskConsoleContext.LongAnnotation, true);
        builder.Property(host => host.AgentVersion).HasMaxLength(64);
        builder.Property(host => host.Os).HasMaxLength(64);
        builder.Property(host => host.Arch).HasMaxLength(32);
        builder.Property(host => host.Ip).HasMaxLength(64);
        builder.Property(host => host.Load).HasMaxLength(500);
        builder.Property(host => host.BootId).HasMaxLength(64);

        // 16 bytes, but not a column of 16: with GuidFormat=Binary16 the connector would read it as a Guid.
        builder.Property(host => host.JournalId).HasMaxLength(32);
        builder.Property(host => host.PlaceId).HasMaxLength(32);
        builder.Property(host => host.DuplicateAddress).HasMaxLength(64);
        builder.Property(host => host.DuplicateOtherAddress).HasMaxLength(64);
        builder.HasIndex(host => host.Name).IsUnique();
    }
}

internal sealed class HostKeyModel : IEntityTypeConfiguration<HostKey>
{
    public void Configure(EntityTypeBuilder<HostKey> builder)
    {
        builder.ToTable("host_keys");
        builder.HasKey(key => key.Fingerprint);
        builder.Property(key => key.Fingerprint).HasMaxLength(32);
        builder.Property(key => key.PublicKey).HasMaxLength(200);
        builder.Property(key => key.Address).HasMaxLength(64);
        builder.Property(key => key.Labels).HasAnnotation(TaskConsoleContext.LongAnnotation, true);
        builder.Property(key => key.DecidedBy).HasMaxLength(Actor.MaxNameLength);
        builder.HasIndex(key => new { key.HostId, key.Status });
    }
}
