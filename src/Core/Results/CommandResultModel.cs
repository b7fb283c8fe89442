using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Core.Results;

internal sealed class CommandResultModel : IEntityTypeConfiguration<CommandResult>
{
    public void Configure(EntityTypeBuilder<CommandResult> builder)
    {
        builder.ToTable("command_results");
        builder.HasKey(result => new { result.CommandHostId, result.Attempt });
        builder.Property(result => result.Attempt).ValueGeneratedNever();
        builder.Property(result => result.Details).HasMaxLength(DetailsText.MaxLength);
        builder.Property(result => result.OutputHash).HasMaxLength(32);
        builder.HasOne<CommandHost>().WithMany().HasForeignKey(result => result.CommandHostId).OnDelete(DeleteBehavior.Cascade);
    }
}
