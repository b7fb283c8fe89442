using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;
using TaskConsole.Core.Outputs;
using TaskConsole.Core.Persistence;

namespace TaskConsole.Core.Results;

/// <summary>First byte of each stream of an attempt that the store does not have.</summary>
internal readonly record struct OutputPosition(long Stdout, long Stderr)
{
    public long Of(OutputStream stream) => stream == OutputStream.Stdout ? Stdout : Stderr;

    public OutputPosition With(OutputStream stream, long offset) =>
        stream == OutputStream.Stdout ? this with { Stdout = offset } : this with { Stderr = offset };
}

/// <summary>Positions of the attempts that send output now. A memory of what the store says: losing it costs a query.</summary>
internal sealed class OutputPositions
{
    private const int MaxRemembered = 50_000;

    private readonly ConcurrentDictionary<AttemptKey, OutputPosition> _known = new();

    /// <summary>Positions of attempts, from memory or from the store.</summary>
    public async Task<Dictionary<AttemptKey, OutputPosition>> FindAsync(WriteUnit unit, IReadOnlyCollection<AttemptKey> keys, CancellationToken cancellationToken)
    {
        var found = new Dictionary<AttemptKey, OutputPosition>(keys.Count);
        var unknown = new HashSet<Guid>();
        foreach (var key in keys)
        {
            if (_known.TryGetValue(key, out var position))
            {
                found[key] = position;
            }
            else
            {
                found[key] = default;
                unknown.Add(key.CommandHostId);
            }
        }

        if (unknown.Count > 0)
        {
            var ends = await unit.Dialect.Frames(unit.Context, unknown)
                .GroupBy(frame => new { frame.CommandHostId, frame.Attempt, frame.Stream })
                .Select(group => new { group.Key.CommandHostId, group.Key.Attempt, group.Key.Stream, End = group.Max(frame => frame.Offset + frame.Length) })
                .ToListAsync(cancellationToken);
            foreach (var end in ends)
            {
                var key = new AttemptKey(end.CommandHostId, end.Attempt);
                if (found.TryGetValue(key, out var position) && !_known.ContainsKey(key))
                {
                    found[key] = position.With(end.Stream, end.End);
                }
            }
        }

        return found;
    }

    /// <summary>Remembers what was committed.</summary>
    public void Remember(AttemptKey key, OutputPosition position)
    {
        if (_known.Count >= MaxRemembered)
        {
            _known.Clear();
        }

        _known[key] = position;
    }

    public void Forget(AttemptKey key) => _known.TryRemove(key, out _);
}
