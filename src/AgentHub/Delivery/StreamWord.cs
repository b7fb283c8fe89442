using TaskConsole.AgentHub.Protocol;
using TaskConsole.Core.Outputs;
using TaskConsole.Core.Results;
using Wire = TaskConsole.Protocol.V1;

namespace TaskConsole.AgentHub.Delivery;

/// <summary>What is to be said about one stream of one attempt.</summary>
/// <param name="Acknowledged">Committed up to, not including.</param>
/// <param name="ResendFrom">First byte that is missing.</param>
internal readonly record struct StreamWord(long? Acknowledged, long? ResendFrom)
{
    public void AddTo(List<Wire.HubMessage> batch, AttemptKey key, OutputStream stream)
    {
        var wireStream = stream == OutputStream.Stdout ? Wire.OutputStream.Stdout : Wire.OutputStream.Stderr;
        if (Acknowledged is { } acknowledged)
        {
            batch.Add(new Wire.HubMessage
            {
                Acknowledge = new Wire.Acknowledge { Key = Ids.ToWire(key), Output = new Wire.OutputPosition { Stream = wireStream, Offset = acknowledged } },
            });
        }

        if (ResendFrom is { } from)
        {
            batch.Add(new Wire.HubMessage { Resend = new Wire.Resend { Key = Ids.ToWire(key), Stream = wireStream, Offset = from } });
        }
    }
}
