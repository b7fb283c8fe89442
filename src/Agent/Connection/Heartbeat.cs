using Grpc.Core;
using TaskConsole.Agent.HostFacts;
using TaskConsole.Agent.Journal;
using TaskConsole.Protocol.V1;

namespace TaskConsole.Agent.Connection;

/// <summary>Says at a fixed interval that this host is alive, and notices when the hub no longer answers.</summary>
internal sealed class Heartbeat(Outbox outbox, TimeSpan interval, AgentJournal journal, HostLoadSampler load, TimeProvider time)
{
    private int _unanswered;

    public void Answered() => Interlocked.Exchange(ref _unanswered, 0);

    /// <exception cref="RpcException">So many went unanswered.</exception>
    public async Task RunAsync(int mostUnanswered, CancellationToken cancellationToken)
    {
        while (true)
        {
            await Task.Delay(interval, time, cancellationToken);
            if (Interlocked.Increment(ref _unanswered) > mostUnanswered)
                throw new RpcException(new Status(StatusCode.Unavailable, "The hub does not answer heartbeats."));
            var heartbeat = new Protocol.V1.Heartbeat
            {
                AgentTimeMs = time.GetUtcNow().ToUnixTimeMilliseconds(),
                Load = load.Sample(),
                JournalSequence = journal.Sequence,
            };
            await outbox.SendAsync(new AgentMessage { Heartbeat = heartbeat }, cancellationToken);
        }
    }
}
