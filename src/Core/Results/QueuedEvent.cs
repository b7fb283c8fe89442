using TaskConsole.Core.Outputs;

namespace TaskConsole.Core.Results;

/// <summary>An event on its way through the pipeline.</summary>
/// <param name="attemptEvent">What the agent said.</param>
/// <param name="arrived">Timestamp of the clock when it was taken in.</param>
internal sealed class QueuedEvent(AttemptEvent attemptEvent, long arrived)
{
    /// <summary>About what an event without content takes in memory.</summary>
    private const int Overhead = 512;

    /// <summary>About what a detail of an end takes, since the texts of all of an end are bounded together.</summary>
    private const int BytesOfDetail = 1_536;

    public AttemptEvent Event => attemptEvent;

    public AttemptKey Key => attemptEvent.Key;

    public Sender Sender => new(attemptEvent.HostId, attemptEvent.Key);

    public long Arrived => arrived;

    /// <summary>Bytes that it holds while it waits.</summary>
    public int HeldBytes { get; } = Overhead + (attemptEvent switch
    {
        AttemptOutput output => output.Content?.Length ?? 0,
        AttemptFinished finished => finished.Details.Count * BytesOfDetail,
        _ => 0,
    });

    /// <summary>The store has it, or it changed nothing and its origin was told.</summary>
    public bool Committed { get; set; }

    /// <summary>Bytes that are kept of the output which it seals; 0: it is no end.</summary>
    public long SealedBytes(OutputOptions limits)
    {
        var kept = limits.KeptHeadBytes + limits.KeptTailBytes;
        return attemptEvent is AttemptFinished finished ? Math.Min(finished.StdoutBytes, kept) + Math.Min(finished.StderrBytes, kept) : 0;
    }
}
