namespace TaskConsole.Core.Outputs;

/// <summary>
/// Pieces of an output in order of arrival, at most <see cref="MaxPieces"/>. Output that changes its stream more often
/// keeps all its bytes, and its order to within the pieces that were put together.
/// </summary>
internal sealed class PieceList
{
    /// <summary>Pieces of a sealed output at most: what a reader holds of its layout is 512 KiB or little more.</summary>
    public const int MaxPieces = 262_144;

    /// <summary>So many neighbours are put together by stream where there are too many.</summary>
    private const int Neighbours = 8;

    private readonly List<OutputPiece> _pieces = [];

    /// <summary>In order of arrival.</summary>
    public IReadOnlyList<OutputPiece> Pieces => _pieces;

    /// <summary>Appends a piece; one that goes on where the last one ends becomes part of it.</summary>
    public void Add(OutputPiece piece)
    {
        if (_pieces is [.., var last] && last.Stream == piece.Stream && last.End == piece.Offset && last.Length <= int.MaxValue - piece.Length)
        {
            _pieces[^1] = last with { Length = last.Length + piece.Length };
            return;
        }

        if (_pieces.Count == MaxPieces)
        {
            Coarsen();
        }

        _pieces.Add(piece);
    }

    private void Coarsen()
    {
        var fine = _pieces.ToArray();
        _pieces.Clear();
        for (var start = 0; start < fine.Length; start += Neighbours)
        {
            var group = fine.AsSpan(start, Math.Min(Neighbours, fine.Length - start));
            var first = group[0].Stream;
            foreach (var isFirst in (ReadOnlySpan<bool>)[true, false])
            {
                foreach (var piece in group)
                {
                    if (piece.Stream == first == isFirst)
                    {
                        Add(piece);
                    }
                }
            }
        }

        // Still too many: bytes are left out between them, as no agent does that drops what it has no room for.
        if (_pieces.Count > MaxPieces / 2)
        {
            _pieces.RemoveRange(MaxPieces / 4, _pieces.Count - (MaxPieces / 2));
        }
    }
}
