namespace TaskConsole.Core.Outputs;

/// <summary>Bytes of one stream between which nothing of the other stream arrived.</summary>
/// <param name="Stream">Which stream.</param>
/// <param name="Offset">Of its first byte on its stream.</param>
/// <param name="Length">Bytes; at least 1.</param>
/// <param name="Order">Order of arrival of its first byte, over both streams.</param>
internal readonly record struct OutputPiece(OutputStream Stream, long Offset, int Length, long Order)
{
    /// <summary>First byte after it.</summary>
    public long End => Offset + Length;
}
