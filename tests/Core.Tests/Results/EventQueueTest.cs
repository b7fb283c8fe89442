using Microsoft.Extensions.Time.Testing;
using TaskConsole.Core.Outputs;
using TaskConsole.Core.Results;

namespace TaskConsole.Core.Tests.Results;

/// <summary>A queue whose intake lets everything in, and a clock that stands.</summary>
public abstract class EventQueueTest
{
    private protected const int Large = 32 * 1024;

    private protected static readonly OutputOptions Limits = new();

    private protected EventQueueTest() => Queue = new EventQueue(new IntakeBudget(maxCount: 100_000, maxBytes: long.MaxValue / 2), Time);

    private protected FakeTimeProvider Time { get; } = new();

    private protected EventQueue Queue { get; }

    private protected static Sender SenderOf(AttemptKey key) => new(key.CommandHostId, key);

    internal static AttemptKey NewKey() => new(Guid.NewGuid(), 1);

    internal static AttemptOutput Output(AttemptKey key, long offset, int bytes) => new(key, key.CommandHostId, 1, Nobody.Instance)
    {
        Stream = OutputStream.Stdout,
        Offset = offset,
        Length = bytes,
        Order = 1,
        Content = new byte[bytes],
    };

    private protected static AttemptFinished End(AttemptKey key, long stdout) => new(key, key.CommandHostId, 1, Nobody.Instance)
    {
        Outcome = AttemptOutcome.Exited,
        FinishedAt = DateTimeOffset.UnixEpoch,
        StdoutBytes = stdout,
    };

    private protected ValueTask SubmitAsync(AttemptEvent attemptEvent) => Queue.SubmitAsync(attemptEvent, TestContext.Current.CancellationToken);

    /// <summary>Of an attempt that says nothing more in time.</summary>
    private protected async Task SubmitBulkAsync(AttemptEvent attemptEvent)
    {
        await SubmitAsync(attemptEvent);
        Time.Advance(EventQueue.Patience);
    }

    private protected List<QueuedEvent> Fill()
    {
        var group = new EventGroup(Limits);
        Queue.Fill(group, _ => false);
        return [.. group.Events];
    }

    private sealed class Nobody : IAttemptEventOrigin
    {
        public static readonly Nobody Instance = new();

        public void OutputCommitted(AttemptKey key, OutputStream stream, long offset)
        {
        }

        public void EndCommitted(AttemptKey key)
        {
        }

        public void BackgroundCommitted(AttemptKey key)
        {
        }

        public void ResendNeeded(AttemptKey key, OutputStream stream, long offset)
        {
        }

        public void Refused(AttemptKey key, string why)
        {
        }
    }
}
