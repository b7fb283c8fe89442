using System.Threading.Channels;
using Grpc.Core;
using TaskConsole.Agent.HostFacts;
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
    private readonly HostLoadSampler _load;
    private readonly TimeProvider _time;

    // One at most: while the hub does not read, those that are due are one.
    private readonly Channel<bool> _due = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly ITimer _timer;
    private int _unanswered;

    public Heartbeat(Outbox outbox, TimeSpan interval, AgentJournal journal, HostLoadSampler load, TimeProvider time)
    {
        (_outbox, _interval, _journal, _load, _time) = (outbox, interval, journal, load, time);
        _timer = time.CreateTimer(_ => _due.Writer.TryWrite(true), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The hub has answered and asks for the next in <paramref name="nextMs"/> milliseconds.</summary>
    public void Answered(int nextMs)
    {
        Interlocked.Exchange(ref _unanswered, 0);
        AskedFor(nextMs);
    }

    /// <param name="firstMs">When the hub asks for the first, in milliseconds.</param>
    /// <param name="mostUnanswered">More than these are too many.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="RpcException">So many went unanswered.</exception>
    public async Task RunAsync(int firstMs, int mostUnanswered, CancellationToken cancellationToken)
    {
        AskedFor(firstMs);
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

    // 0: at the interval. Never later than two of them, or a hub could make this host look dead.
    private void AskedFor(int milliseconds) =>
        _timer.Change(milliseconds > 0 ? TimeSpan.FromMilliseconds(Math.Min(milliseconds, 2 * _interval.TotalMilliseconds)) : _interval, _interval);
}
