using System.Runtime.InteropServices;
using TaskConsole.Core.Outputs;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Core.Results;

/// <summary>The events of one attempt in a group, folded: what is new of its output, and its end.</summary>
internal sealed class FoldedAttempt(AttemptKey key)
{
    private readonly Dictionary<OutputStream, (IAttemptEventOrigin Origin, long End)> _outputOrigins = [];
    private bool _hasResult;

    public AttemptKey Key => key;

    public List<AttemptEvent> Events { get; } = [];

    public bool HasOutputOrEnd => Events.Exists(attemptEvent => attemptEvent is AttemptOutput or AttemptFinished);

    public TaskLedger? Ledger { get; private set; }

    public CommandHost? Row { get; private set; }

    /// <summary>The attempt that counts now, not an earlier one.</summary>
    public bool IsCurrent { get; private set; }

    public OutputPosition Position { get; private set; }

    /// <summary>Whether frames of it are in the store already.</summary>
    public bool HadFrames { get; private set; }

    /// <summary>Its end is committed, so everything of it is.</summary>
    public bool IsSealed => _hasResult || End is not null;

    public List<OutputFrame> NewFrames { get; } = [];

    /// <summary>Its start is written by this group.</summary>
    public bool HasStarted { get; set; }

    /// <summary>What of it is written by this group.</summary>
    public WrittenKinds Written =>
        (HasStarted ? WrittenKinds.Start : WrittenKinds.None)
        | (NewFrames.Count > 0 ? WrittenKinds.Output : WrittenKinds.None)
        | (End is not null ? WrittenKinds.End : WrittenKinds.None)
        | (BackgroundEnd is not null ? WrittenKinds.Background : WrittenKinds.None);

    public AttemptFinished? End { get; private set; }

    /// <summary>Who is to be told of output, and up to where it is committed.</summary>
    public IEnumerable<(OutputStream Stream, IAttemptEventOrigin Origin, long Offset)> OutputOrigins =>
        _outputOrigins.Select(told => (told.Key, told.Value.Origin, _hasResult ? told.Value.End : Position.Of(told.Key)));

    public Dictionary<OutputStream, IAttemptEventOrigin> Gaps { get; } = [];

    public IAttemptEventOrigin? EndOrigin { get; private set; }

    /// <summary>The end of what it left in the background, when this group writes it.</summary>
    public AttemptBackgroundEnded? BackgroundEnd { get; private set; }

    public IAttemptEventOrigin? BackgroundOrigin { get; private set; }

    public List<(AttemptEvent Event, string Why)> Refused { get; } = [];

    public void Start(TaskLedger? ledger, OutputPosition position, bool hasResult)
    {
        Ledger = ledger;
        Row = ledger?.Find(key.CommandHostId);
        IsCurrent = Row?.Attempt == key.Attempt;
        Position = position;
        HadFrames = position != default;
        _hasResult = hasResult;
    }

    public void Refuse(AttemptEvent attemptEvent, string why) => Refused.Add((attemptEvent, why));

    /// <summary>A repeat is dropped, a gap is asked for again.</summary>
    public void Take(AttemptOutput output)
    {
        _outputOrigins[output.Stream] = (output.Origin, output.End);
        var position = Position.Of(output.Stream);
        if (IsSealed || output.End <= position)
        {
            return;
        }

        if (output.Offset > position)
        {
            Gaps[output.Stream] = output.Origin;
            return;
        }

        var known = position - output.Offset;
        Gaps.Remove(output.Stream);
        NewFrames.Add(new OutputFrame
        {
            CommandHostId = key.CommandHostId,
            Attempt = key.Attempt,
            Stream = output.Stream,
            Offset = position,
            Length = output.Length - known,
            Order = output.Order,
            Content = output.Content is { } content ? Bytes(content[checked((int)known)..]) : null,
        });
        Position = Position.With(output.Stream, output.End);
    }

    /// <summary>Not copied when it is all of an array: nearly every frame is.</summary>
    private static byte[] Bytes(ReadOnlyMemory<byte> content) =>
        MemoryMarshal.TryGetArray(content, out var segment) && segment is { Offset: 0, Array: { } whole } && segment.Count == whole.Length ? whole : content.ToArray();

    /// <summary>A repeat is only acknowledged.</summary>
    /// <param name="ended">What the agent said.</param>
    /// <param name="isKnown">The store has it.</param>
    /// <returns>Whether it is new.</returns>
    public bool Take(AttemptBackgroundEnded ended, bool isKnown)
    {
        BackgroundOrigin = ended.Origin;
        if (isKnown || BackgroundEnd is not null)
        {
            return false;
        }

        BackgroundEnd = ended;
        return true;
    }

    /// <summary>The end counts only with all its output: a terminal status is visible only when its output can be read.</summary>
    public void Take(AttemptFinished finished)
    {
        if (IsSealed)
        {
            EndOrigin = finished.Origin;
            return;
        }

        if (Position.Stdout < finished.StdoutBytes)
        {
            Gaps[OutputStream.Stdout] = finished.Origin;
        }

        if (Position.Stderr < finished.StderrBytes)
        {
            Gaps[OutputStream.Stderr] = finished.Origin;
        }

        if (Gaps.Count == 0)
        {
            End = finished;
            EndOrigin = finished.Origin;
        }
    }
}
