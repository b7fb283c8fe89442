using System.Threading.Channels;
using Grpc.Core;
using TaskConsole.Agent.Journal;
using TaskConsole.Protocol.V1;

namespace TaskConsole.Agent.Connection;

/// <summary>
/// Says that this host is alive, when the hub asks for it and otherwise at a fixed interval, and notices when the hub no
/// longer answers.
/// </summary>
internal sealed class Heartbeat : IDisposable
{
    private readonly Outbox _outbox;
    private readonly TimeSpan _interval;
    private readonly AgentJournal _journal;
    private readonly AgentLoad _load;
    private readonly TimeProvider _time;

    private static readonly TimeSpan Soonest = TimeSpan.FromMilliseconds(10);

    // One at most: while the hub does not read, those that are due are one.
    private readonly Channel<bool> _due = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly ITimer _timer;
    private int _unanswered;

    public Heartbeat(Outbox outbox, TimeSpan interval, AgentJournal journal, AgentLoad load, TimeProvider time)
    {
        (_outbox, _interval, _journal, _load, _time) = (outbox, interval, journal, load, time);
        _timer = time.CreateTimer(_ => _due.Writer.TryWrite(true), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The hub has answered and asks for the next in <paramref name="nextMs"/> milliseconds; 0: an interval after the last.</summary>
    public void Answered(int nextMs)
    {
        Interlocked.Exchange(ref _unanswered, 0);
        if (nextMs > 0)
            _timer.Change(Within(nextMs), _interval);
    }

    /// <param name="firstMs">When the hub asks for the first, in milliseconds; 0: after an interval.</param>
    /// <param name="mostUnanswered">More than these are too many.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="RpcException">So many went unanswered.</exception>
    public async Task RunAsync(int firstMs, int mostUnanswered, CancellationToken cancellationToken)
    {
        _timer.Change(firstMs > 0 ? Within(firstMs) : _interval, _interval);
        while (true)
        {
            await _due.Reader.ReadAsync(cancellationToken);
            if (Interlocked.Increment(ref _unanswered) > mostUnanswered)
                throw new RpcException(new Status(StatusCode.Unavailable, "The hub does not answer heartbeats."));
            var heartbeat = new Protocol.V1.Heartbeat
            {
                AgentTimeMs = _time.GetUtcNow().ToUnixTimeMilliseconds(),
                Load = _load.Sample(),
                JournalSequence = _journal.Sequence,
            };
            await _outbox.SendAsync(new AgentMessage { Heartbeat = heartbeat }, cancellationToken);
        }
    }

    public void Dispose() => _timer.Dispose();

    // Later than two intervals would make this host look dead, sooner would keep it busy.
    private TimeSpan Within(int milliseconds) =>
        TimeSpan.FromMilliseconds(Math.Clamp(milliseconds, Soonest.TotalMilliseconds, 2 * _interval.TotalMilliseconds));
}
