using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace TaskConsole.Core.Leadership;

/// <summary>A right that one instance holds at a time, fenced by its epoch. Row of <c>leases</c>.</summary>
internal sealed class Lease
{
    /// <summary>The right to do what one instance does for the whole system.</summary>
    public const string Leader = "leader";

    public required string Name { get; set; }

    /// <summary>Id of the instance that holds it; empty: nobody does.</summary>
    public Guid Holder { get; set; }

    /// <summary>Grows with every change of holder; who acts under an older one is refused.</summary>
    public long Epoch { get; set; }

    /// <summary>Grows with every renewal. Times of two instances are never compared: who waits for the lease sees by its own clock that this stands still.</summary>
    public long Renewals { get; set; }
}

internal sealed class LeaseModel : IEntityTypeConfiguration<Lease>
{
    public void Configure(EntityTypeBuilder<Lease> builder)
    {
        builder.ToTable("leases");
        builder.HasKey(lease => lease.Name);
        builder.Property(lease => lease.Name).HasMaxLength(64);
    }
}
