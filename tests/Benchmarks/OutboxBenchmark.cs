using System.Threading.Channels;
using BenchmarkDotNet.Attributes;
using TaskConsole.AgentHub.Delivery;
using TaskConsole.AgentHub.Protocol;
using TaskConsole.Core.Outputs;
using TaskConsole.Core.Results;
using Wire = TaskConsole.Protocol.V1;

namespace TaskConsole.Benchmarks;

/// <summary>Acknowledging a burst of output to one agent, folded to one message; the baseline sends one message for each through a channel.</summary>
[MemoryDiagnoser]
public class OutboxBenchmark
{
    private const int Acknowledgements = 64;

    private readonly AttemptKey _key = new(Guid.NewGuid(), 1);
    private readonly Outbox _outbox = new(100, new ExecuteBudget(1 << 20));
    private readonly Channel<Wire.HubMessage> _channel = Channel.CreateUnbounded<Wire.HubMessage>();
    private readonly List<Wire.HubMessage> _batch = [];

    [Benchmark(Baseline = true)]
    public int MessageEach()
    {
        for (var number = 0; number < Acknowledgements; number++)
        {
            _channel.Writer.TryWrite(new Wire.HubMessage { Acknowledge = new Wire.Acknowledge { Key = Ids.ToWire(_key), Output = new Wire.OutputPosition { Stream = Wire.OutputStream.Stdout, Offset = number } } });
        }

        var bytes = 0;
        while (_channel.Reader.TryRead(out var message))
        {
            bytes += message.CalculateSize();
        }

        return bytes;
    }

    [Benchmark]
    public int Folded()
    {
        for (var number = 0; number < Acknowledgements; number++)
        {
            _outbox.Acknowledge(_key, OutputStream.Stdout, number);
        }

        _outbox.Take(_batch, TimeProvider.System);
        var bytes = _batch.Sum(message => message.CalculateSize());
        _outbox.Sent();
        _batch.Clear();
        return bytes;
    }
}
