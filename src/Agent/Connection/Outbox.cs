using System.Collections.Concurrent;
using System.Threading.Channels;
using Grpc.Core;
using TaskConsole.Protocol.V1;

namespace TaskConsole.Agent.Connection;

/// <summary>What goes to the hub in this session. Anybody may put something in; one writer takes it out.</summary>
internal sealed class Outbox
{
    // Frames are at most 64 KiB: 2 MiB wait here at most, then whoever sends waits.
    private const int Capacity = 32;
    private static readonly AgentMessage Wake = new();
    private readonly ConcurrentQueue<AgentMessage> _first = new();
    private readonly Channel<AgentMessage> _messages = Channel.CreateBounded<AgentMessage>(
        new BoundedChannelOptions(Capacity) { SingleReader = true });

    public ValueTask SendAsync(AgentMessage message, CancellationToken cancellationToken) =>
        _messages.Writer.WriteAsync(message, cancellationToken);

    /// <summary>Sends it before everything that waits here.</summary>
    public void SendFirst(AgentMessage message)
    {
        _first.Enqueue(message);
        // Full: the writer is at work, and looks before each message.
        _messages.Writer.TryWrite(Wake);
    }

    /// <summary>Nothing more comes; what is in it still goes.</summary>
    public void Complete() => _messages.Writer.TryComplete();

    /// <summary>Writes until <see cref="Complete"/>, then ends this side of the stream.</summary>
    public async Task WriteToAsync(IClientStreamWriter<AgentMessage> stream, CancellationToken cancellationToken)
    {
        await foreach (var message in _messages.Reader.ReadAllAsync(cancellationToken))
        {
            while (_first.TryDequeue(out var first))
                await stream.WriteAsync(first, cancellationToken);
            if (!ReferenceEquals(message, Wake))
                await stream.WriteAsync(message, cancellationToken);
        }

        await stream.CompleteAsync();
    }
}
