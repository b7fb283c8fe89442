using TaskConsole.Core.Persistence;

namespace TaskConsole.Core.Outputs;

/// <summary>Reads the pieces of a sealed output from an address on, fetching their bytes by windows.</summary>
/// <param name="store">Where it is.</param>
/// <param name="taskId">Of the output.</param>
/// <param name="hash">Of the output.</param>
/// <param name="layout">Of the output.</param>
/// <param name="beginning">Of its content, as far as it was read already.</param>
/// <param name="selection">Which streams.</param>
/// <param name="from">First byte wanted of each stream.</param>
/// <param name="produced">Bytes produced on each stream, kept or not.</param>
internal sealed class SealedPieces(Store store, Guid taskId, byte[] hash, byte[] layout, byte[] beginning, OutputSelection selection, OutputCursor from, OutputCursor produced)
{
    /// <summary>Bytes that are fetched at once.</summary>
    public const int WindowBytes = 64 * 1024;

    private OutputLayout.Reader _layout = new(layout);
    private bool _hasPiece;
    private int _done;
    private byte[] _window = beginning;
    private long _windowStart;

    /// <summary>Bytes produced on each stream.</summary>
    public OutputCursor Produced => produced;

    /// <summary>The next piece, or the part of it that its window holds; null: there are no more.</summary>
    public async ValueTask<(OutputPiece Piece, ReadOnlyMemory<byte> Content)?> NextAsync(CancellationToken cancellationToken)
    {
        while (!_hasPiece)
        {
            if (!_layout.MoveNext())
            {
                return null;
            }

            var whole = _layout.Current;
            var wanted = selection == OutputSelection.Both || whole.Stream == (selection == OutputSelection.Stdout ? OutputStream.Stdout : OutputStream.Stderr);
            _hasPiece = wanted && whole.End > from.Of(whole.Stream);
            _done = (int)Math.Clamp(from.Of(whole.Stream) - whole.Offset, 0, whole.Length);
        }

        var piece = _layout.Current;
        var position = _layout.Position + _done;
        if (position < _windowStart || position >= _windowStart + _window.Length)
        {
            await FetchAsync(position, cancellationToken);
        }

        var start = (int)(position - _windowStart);
        var length = Math.Min(piece.Length - _done, _window.Length - start);
        return (piece with { Offset = piece.Offset + _done, Length = length }, _window.AsMemory(start, length));
    }

    /// <summary>The piece, or its part, is done with.</summary>
    public void Skip()
    {
        var position = _layout.Position + _done;
        _done += (int)Math.Min(_layout.Current.Length - _done, _windowStart + _window.Length - position);
        _hasPiece = _done < _layout.Current.Length;
    }

    private async Task FetchAsync(long position, CancellationToken cancellationToken)
    {
        var context = store.Read();
        await using (context)
        {
            // A new buffer is made each time: whoever was given a part of the old one may still hold it.
            _window = await store.Dialect.ReadOutputAsync(context, taskId, hash, position, WindowBytes, cancellationToken);
            _windowStart = position;
        }

        if (_window.Length == 0)
        {
            throw new InvalidDataException($"The output {Convert.ToHexString(hash)} of task {taskId} is shorter than its layout says.");
        }
    }
}
