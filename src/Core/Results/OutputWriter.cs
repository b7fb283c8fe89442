using Microsoft.EntityFrameworkCore;
using TaskConsole.Core.Outputs;
using TaskConsole.Core.Persistence;

namespace TaskConsole.Core.Results;

/// <summary>Gathers what a group adds to results and output, and writes each table once.</summary>
internal sealed class OutputWriter(WriteUnit unit, OutputOptions limits)
{
    private readonly List<CommandResult> _results = [];
    private readonly List<OutputFrame> _frames = [];
    private readonly List<(AttemptKey Key, OutputPosition Position)> _trims = [];
    private readonly List<AttemptKey> _sealed = [];
    private readonly Dictionary<(Guid TaskId, string Hash), SealedOutput> _outputs = [];

    public void Add(CommandResult result) => _results.Add(result);

    /// <summary>Keeps frames of an attempt that goes on; past head and tail the oldest of the middle go.</summary>
    public void Keep(AttemptKey key, IReadOnlyCollection<OutputFrame> frames, OutputPosition position)
    {
        _frames.AddRange(frames);
        var most = limits.KeptHeadBytes + limits.KeptTailBytes;
        if (position.Stdout > most || position.Stderr > most)
        {
            _trims.Add((key, position));
        }
    }

    /// <summary>Makes one value of all frames of an ended attempt; equal ones of a group are kept once.</summary>
    public async Task<(byte[] Hash, bool Truncated)> SealAsync(
        Guid taskId,
        AttemptKey key,
        IReadOnlyCollection<OutputFrame> newFrames,
        bool hadFrames,
        AttemptFinished end,
        CancellationToken cancellationToken)
    {
        IEnumerable<OutputFrame> frames = newFrames;
        if (hadFrames)
        {
            var stored = await unit.Context.OutputFrames.AsNoTracking()
                .Where(frame => frame.CommandHostId == key.CommandHostId && frame.Attempt == key.Attempt)
                .ToListAsync(cancellationToken);
            frames = stored.Concat(newFrames);
            _sealed.Add(key);
        }

        var (output, truncated) = OutputSealer.Seal(taskId, frames, end.StdoutBytes, end.StderrBytes, limits);
        _outputs.TryAdd((taskId, Convert.ToHexString(output.Hash)), output);
        return (output.Hash, truncated);
    }

    public async Task WriteAsync(CancellationToken cancellationToken)
    {
        await unit.Dialect.InsertResultsAsync(unit.Context, [.. _results.OrderBy(result => result.CommandHostId).ThenBy(result => result.Attempt)], cancellationToken);
        await unit.Dialect.InsertFramesAsync(unit.Context, _frames, cancellationToken);
        await unit.Dialect.InsertOutputsAsync(unit.Context, [.. _outputs.OrderBy(output => output.Key.TaskId).ThenBy(output => output.Key.Hash, StringComparer.Ordinal).Select(output => output.Value)], cancellationToken);
        foreach (var key in _sealed)
        {
            await unit.Context.OutputFrames
                .Where(frame => frame.CommandHostId == key.CommandHostId && frame.Attempt == key.Attempt)
                .ExecuteDeleteAsync(cancellationToken);
        }

        foreach (var (key, position) in _trims)
        {
            await TrimAsync(key, OutputStream.Stdout, position.Stdout, cancellationToken);
            await TrimAsync(key, OutputStream.Stderr, position.Stderr, cancellationToken);
        }
    }

    private async Task TrimAsync(AttemptKey key, OutputStream stream, long end, CancellationToken cancellationToken)
    {
        var tail = end - limits.KeptTailBytes;
        if (tail <= limits.KeptHeadBytes)
        {
            return;
        }

        await unit.Context.OutputFrames
            .Where(frame => frame.CommandHostId == key.CommandHostId && frame.Attempt == key.Attempt && frame.Stream == stream
                && frame.Offset >= limits.KeptHeadBytes && frame.Offset + frame.Length < tail)
            .ExecuteDeleteAsync(cancellationToken);
    }
}
