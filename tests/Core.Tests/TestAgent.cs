using System.Collections.Concurrent;
using TaskConsole.Core.Hosts;
using TaskConsole.Core.Outputs;
using TaskConsole.Core.Results;

namespace TaskConsole.Core.Tests;

/// <summary>Speaks to the engine as the session of one agent would, and keeps what it is answered.</summary>
internal sealed class TestAgent(TestEngine engine, Guid hostId, string name) : IAttemptEventOrigin
{
    private long _order;

    public Guid HostId => hostId;

    public string Name => name;

    public byte[] JournalId { get; set; } = Guid.NewGuid().ToByteArray();

    public long JournalSequence { get; set; } = 1;

    public long Epoch { get; private set; }

    public DateTimeOffset ConnectedAt { get; private set; }

    public ConcurrentQueue<string> Answers { get; } = new();

    public async Task<SessionOpening> HelloAsync(params JournalEntryReport[] attempts)
    {
        var opening = await engine.OpenAsync(hostId, JournalId, JournalSequence, attempts);
        Assert.NotNull(opening);
        Epoch = opening.SessionEpoch;
        ConnectedAt = engine.Time.GetUtcNow();
        await BarrierAsync();
        return opening;
    }

    public async Task ByeAsync()
    {
        await engine.Sessions.CloseAsync(hostId, Epoch, CancellationToken.None);

        await BarrierAsync();
    }

    /// <summary>Sessions are committed in the order in which they came: when nobody's hello is answered, all that follows on those before it is done, such as waking the scheduler.</summary>
    private async Task BarrierAsync() => Assert.Null(await engine.OpenAsync(Guid.Empty, JournalId, JournalSequence, []));

    public ValueTask StartedAsync(AttemptKey key, long? epoch = null) => engine.Pipeline.SubmitAsync(
        new AttemptStarted(key, hostId, epoch ?? Epoch, this)
        {
            JournalSequence = ++JournalSequence,
            ClaimedAt = engine.Time.GetUtcNow(),
            StartedAt = engine.Time.GetUtcNow(),
        },
        CancellationToken.None);

    public ValueTask OutputAsync(AttemptKey key, OutputStream stream, long offset, ReadOnlyMemory<byte> content, long? order = null, long? epoch = null) =>
        SubmitOutputAsync(key, stream, offset, content.Length, content, order, epoch);

    public ValueTask OmittedAsync(AttemptKey key, OutputStream stream, long from, long to, long? order = null, long? epoch = null) =>
        SubmitOutputAsync(key, stream, from, to - from, null, order, epoch);

    public ValueTask FinishedAsync(
        AttemptKey key,
        AttemptOutcome outcome = AttemptOutcome.Exited,
        int exitCode = 0,
        long stdout = 0,
        long stderr = 0,
        CodedMessage? detail = null,
        long? epoch = null,
        int background = 0) => engine.Pipeline.SubmitAsync(
            new AttemptFinished(key, hostId, epoch ?? Epoch, this)
            {
                Outcome = outcome,
                ExitCode = outcome == AttemptOutcome.Exited ? exitCode : null,
                Signal = outcome == AttemptOutcome.Signaled ? 9 : null,
                JournalSequence = ++JournalSequence,
                ClaimedAt = engine.Time.GetUtcNow(),
                StartedAt = outcome is AttemptOutcome.Refused or AttemptOutcome.StartFailed ? null : engine.Time.GetUtcNow(),
                FinishedAt = engine.Time.GetUtcNow(),
                DurationMs = 5,
                StdoutBytes = stdout,
                StderrBytes = stderr,
                Details = detail is null ? [] : [detail],
                Background = background,
            },
            CancellationToken.None);

    public ValueTask BackgroundEndedAsync(AttemptKey key, long dropped = 0, int killed = 0, long? epoch = null) => engine.Pipeline.SubmitAsync(
        new AttemptBackgroundEnded(key, hostId, epoch ?? Epoch, this) { EndedAt = engine.Time.GetUtcNow(), DroppedBytes = dropped, Killed = killed },
        CancellationToken.None);

    public void OutputCommitted(AttemptKey key, OutputStream stream, long offset) => Answers.Enqueue($"committed {stream} {offset}");

    public void EndCommitted(AttemptKey key) => Answers.Enqueue("end");

    public void BackgroundCommitted(AttemptKey key) => Answers.Enqueue("background");

    public void ResendNeeded(AttemptKey key, OutputStream stream, long offset) => Answers.Enqueue($"resend {stream} {offset}");

    public void Refused(AttemptKey key, string why) => Answers.Enqueue("refused");

    private ValueTask SubmitOutputAsync(AttemptKey key, OutputStream stream, long offset, long length, ReadOnlyMemory<byte>? content, long? order, long? epoch) =>
        engine.Pipeline.SubmitAsync(
            new AttemptOutput(key, hostId, epoch ?? Epoch, this)
            {
                Stream = stream,
                Offset = offset,
                Length = length,
                Order = order ?? ++_order,
                Content = content,
            },
            CancellationToken.None);
}
