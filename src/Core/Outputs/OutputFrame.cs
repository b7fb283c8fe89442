namespace TaskConsole.Core.Outputs;

/// <summary>The two streams of a script.</summary>
public enum OutputStream : byte
{
    Stdout = 1,
    Stderr = 2,
}

/// <summary>
/// Bytes of the output of an attempt that has not been sealed: one frame of its agent, or several small ones that were
/// committed together. Row of <c>output_frames</c>, addressed by (CommandHost, attempt, stream, offset of what was produced).
/// </summary>
public sealed class OutputFrame
{
    /// <summary>Bytes of <see cref="Content"/> at most.</summary>
    public const int MaxBytes = 64 * 1024;

    public Guid CommandHostId { get; set; }

    public int Attempt { get; set; }

    public OutputStream Stream { get; set; }

    public long Offset { get; set; }

    /// <summary>Bytes that this row stands for; equals the size of <see cref="Content"/> unless they were omitted.</summary>
    public long Length { get; set; }

    /// <summary>Order of arrival of its first byte at the host, over both streams.</summary>
    public long Order { get; set; }

    /// <summary>Where output of the other stream may have arrived between two bytes of <see cref="Content"/>, as <see cref="FramePieces"/> packs it; null: nowhere.</summary>
    public byte[]? Breaks { get; set; }

    /// <summary>At most <see cref="MaxBytes"/>; null: these bytes were omitted.</summary>
    public byte[]? Content { get; set; }
}

/// <summary>
/// The kept output of ended attempts, stored once for each task and content. Row of <c>outputs</c>, key (task, SHA-256).
/// </summary>
public sealed class SealedOutput
{
    public Guid TaskId { get; set; }

    /// <summary>SHA-256 over stdout and stderr as kept, without their interleaving.</summary>
    public required byte[] Hash { get; set; }

    /// <summary>Encoding of <see cref="Content"/>: 0 is bytes as they are.</summary>
    public byte Encoding { get; set; }

    /// <summary>Pieces in order of arrival; see <see cref="OutputLayout"/>.</summary>
    public required byte[] Layout { get; set; }

    /// <summary>The bytes of the pieces, one after the other.</summary>
    public required byte[] Content { get; set; }
}
