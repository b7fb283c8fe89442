namespace TaskConsole.Core.Outputs;

/// <summary>Frames of one stream that a reader has fetched and not yet given out.</summary>
internal sealed class FrameWindow
{
    /// <summary>Bytes of the stream that are fetched at once; with the frame that begins before them and the one behind them three times as many.</summary>
    public const int Bytes = 64 * 1024;

    /// <summary>Frames that are fetched at once.</summary>
    public const int MaxFrames = 1_024;

    private readonly Queue<OutputFrame> _frames = [];
    private FramePieces _pieces;

    /// <summary>Whether there is a piece.</summary>
    public bool HasPiece { get; private set; }

    /// <summary>Whether there may be more in the store: nothing was fetched yet, or all that was fetched is given out.</summary>
    public bool IsUsedUp { get; private set; } = true;

    /// <summary>The next piece.</summary>
    public OutputPiece Piece => _pieces.Current;

    /// <summary>The bytes of the next piece.</summary>
    public ReadOnlyMemory<byte> Content => _pieces.Content;

    /// <summary>Takes what was fetched, in order of offset; nothing: the stream has no more by now.</summary>
    public void Fill(IEnumerable<OutputFrame> frames)
    {
        IsUsedUp = false;
        foreach (var frame in frames)
        {
            _frames.Enqueue(frame);
        }

        if (_frames.TryDequeue(out var first))
        {
            _pieces = new FramePieces(first);
            HasPiece = _pieces.MoveNext();
        }
    }

    /// <summary>Goes on to the piece behind.</summary>
    public void Next()
    {
        while (!(HasPiece = _pieces.MoveNext()))
        {
            if (!_frames.TryDequeue(out var frame))
            {
                IsUsedUp = true;
                return;
            }

            _pieces = new FramePieces(frame);
        }
    }

    /// <summary>Gives up what was fetched.</summary>
    public void Clear()
    {
        _frames.Clear();
        HasPiece = false;
        IsUsedUp = true;
    }
}
