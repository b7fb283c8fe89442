using Microsoft.EntityFrameworkCore;
using TaskConsole.Core.Outputs;
using TaskConsole.Core.Persistence;

namespace TaskConsole.Core.Results;

/// <summary>Gathers what a group adds to results and output, and writes each table once.</summary>
internal sealed class OutputWriter(WriteUnit unit)
{
    private readonly List<CommandResult> _results = [];
    private readonly List<OutputFrame> _frames = [];
    private readonly List<FrameRange> _dropped = [];
    private readonly Dictionary<(Guid TaskId, string Hash), SealedOutput> _outputs = [];
    private ILookup<AttemptKey, OutputFrame>? _stored;

    public void Add(CommandResult result) => _results.Add(result);

    /// <summary>Keeps frames of an attempt that goes on, small neighbours as one row; past head and tail the oldest of the middle go.</summary>
    public void Keep(AttemptKey key, IReadOnlyCollection<OutputFrame> frames, OutputPosition position, OutputLimits limits)
    {
        _frames.AddRange(FrameMerger.Merge(frames));
        foreach (var stream in frames.Select(frame => frame.Stream).Distinct())
        {
            var tail = position.Of(stream) - limits.TailBytes;
            if (tail > limits.HeadBytes)
            {
                _dropped.Add(new FrameRange(key.CommandHostId, key.Attempt, stream, limits.HeadBytes, tail));
            }
        }
    }

    /// <summary>Reads, in one go, the frames of attempts that are to be sealed.</summary>
    public async Task ReadFramesAsync(IReadOnlyCollection<AttemptKey> ended, CancellationToken cancellationToken)
    {
        if (ended.Count > 0)
        {
            var frames = await unit.Dialect.Frames(unit.Context, ended.Select(key => key.CommandHostId).ToHashSet()).ToListAsync(cancellationToken);
            _stored = frames.ToLookup(frame => new AttemptKey(frame.CommandHostId, frame.Attempt));
        }
    }

    /// <summary>Makes one value of all frames of an ended attempt, those that were read and new ones; equal ones of a group are kept once.</summary>
    public (byte[] Hash, bool Truncated) Seal(Guid taskId, AttemptKey key, IReadOnlyCollection<OutputFrame> newFrames, AttemptFinished end, OutputLimits limits)
    {
        var stored = _stored?[key].ToList() ?? [];
        _dropped.AddRange(stored.Select(frame => frame.Stream).Distinct().Select(stream => new FrameRange(key.CommandHostId, key.Attempt, stream, 0, long.MaxValue)));
        var (output, truncated) = OutputSealer.Seal(taskId, stored.Concat(newFrames), end.StdoutBytes, end.StderrBytes, limits);
        _outputs.TryAdd((taskId, Convert.ToHexString(output.Hash)), output);
        return (output.Hash, truncated);
    }

    public async Task WriteAsync(CancellationToken cancellationToken)
    {
        await unit.Dialect.InsertResultsAsync(unit.Context, [.. _results.OrderBy(result => result.CommandHostId).ThenBy(result => result.Attempt)], cancellationToken);
        await unit.Dialect.InsertFramesAsync(unit.Context, _frames, cancellationToken);
        await unit.Dialect.InsertOutputsAsync(unit.Context, [.. _outputs.OrderBy(output => output.Key.TaskId).ThenBy(output => output.Key.Hash, StringComparer.Ordinal).Select(output => output.Value)], cancellationToken);
        await unit.Dialect.DeleteFramesAsync(unit.Context, [.. _dropped.OrderBy(range => range.CommandHostId).ThenBy(range => range.Attempt)], cancellationToken);
    }
}
