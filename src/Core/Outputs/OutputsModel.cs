using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using TaskConsole.Core.Persistence;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Core.Outputs;

internal sealed class OutputFrameModel : IEntityTypeConfiguration<OutputFrame>
{
    public void Configure(EntityTypeBuilder<OutputFrame> builder)
    {
        builder.ToTable("output_frames");
        builder.HasKey(frame => new { frame.CommandHostId, frame.Attempt, frame.Stream, frame.Offset });
        builder.Property(frame => frame.Attempt).ValueGeneratedNever();
        builder.Property(frame => frame.Offset).ValueGeneratedNever();
        builder.Property(frame => frame.Breaks).HasAnnotation(TaskConsoleContext.LongAnnotation, true);
        builder.Property(frame => frame.Content).HasAnnotation(TaskConsoleContext.LongAnnotation, true);
        builder.HasOne<CommandHost>().WithMany().HasForeignKey(frame => frame.CommandHostId).OnDelete(DeleteBehavior.Cascade);
    }
}

internal sealed class SealedOutputModel : IEntityTypeConfiguration<SealedOutput>
{
    public void Configure(EntityTypeBuilder<SealedOutput> builder)
    {
        builder.ToTable("outputs");
        builder.HasKey(output => new { output.TaskId, output.Hash });
        builder.Property(output => output.Hash).HasMaxLength(32);
        builder.Property(output => output.Layout).HasAnnotation(TaskConsoleContext.LongAnnotation, true);
        builder.Property(output => output.Content).HasAnnotation(TaskConsoleContext.LongAnnotation, true);
        builder.HasOne<OpsTask>().WithMany().HasForeignKey(output => output.TaskId).OnDelete(DeleteBehavior.Cascade);
    }
}
