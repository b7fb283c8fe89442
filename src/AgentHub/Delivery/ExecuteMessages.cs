using System.Security.Cryptography;
using Google.Protobuf;
using TaskConsole.AgentHub.Protocol;
using TaskConsole.Core.Dispatch;
using Wire = TaskConsole.Protocol.V1;

namespace TaskConsole.AgentHub.Delivery;

/// <summary>Orders as messages. A payload that is too large for one travels in parts before its Execute.</summary>
internal static class ExecuteMessages
{
    /// <summary>Largest payload that travels inside Execute, and largest part otherwise.</summary>
    public const int MaxPartBytes = 512 * 1024;

    /// <summary>The messages of one dispatch, to be sent one directly after the other.</summary>
    public static Wire.HubMessage[] From(ExecuteOrder order)
    {
        var payload = new Wire.Payload { Script = ByteString.CopyFromUtf8(order.Script) };
        payload.Environment.Add(order.Environment.ToDictionary());
        payload.Secrets.Add(order.Secrets.ToDictionary());

        var execute = new Wire.Execute
        {
            Key = Ids.ToWire(order.Key),
            TaskId = Ids.ToWire(order.TaskId),
            NotAfterMs = order.NotAfter.ToUnixTimeMilliseconds(),
            Interpreter = { order.Interpreter },
            TimeoutMs = (long)order.Timeout.TotalMilliseconds,
            KillGraceMs = Milliseconds(order.KillGrace),
            WorkingDirectory = order.WorkingDirectory ?? "",
            RunAs = order.RunAs ?? "",
            TaskName = order.TaskName,
            CommandIndex = (uint)order.CommandIndex,
            OutputHeadBytes = order.Output.HeadBytes,
            OutputTailBytes = order.Output.TailBytes,
        };

        if (payload.CalculateSize() <= MaxPartBytes)
        {
            execute.Payload = payload;
            return [new Wire.HubMessage { Execute = execute }];
        }

        var bytes = payload.ToByteArray();
        var parts = bytes.Chunk(MaxPartBytes).ToArray();
        execute.PayloadParts = (uint)parts.Length;
        execute.PayloadSha256 = UnsafeByteOperations.UnsafeWrap(SHA256.HashData(bytes));
        return
        [
            .. parts.Select((part, index) => new Wire.HubMessage
            {
                ExecutePart = new Wire.ExecutePart { Key = execute.Key, Index = (uint)index, Data = UnsafeByteOperations.UnsafeWrap(part) },
            }),
            new Wire.HubMessage { Execute = execute },
        ];
    }

    /// <summary>A cancel.</summary>
    public static Wire.HubMessage From(CancelOrder order) => new()
    {
        Cancel = new Wire.Cancel { Key = Ids.ToWire(order.Key), Reason = Reason(order.Cause), KillGraceMs = Milliseconds(order.KillGrace) },
    };

    /// <summary>The end of what an attempt left in the background.</summary>
    public static Wire.HubMessage From(EndBackgroundOrder order) => new()
    {
        EndBackground = new Wire.EndBackground { Key = Ids.ToWire(order.Key), KillGraceMs = Milliseconds(order.KillGrace) },
    };

    public static Wire.CancelReason Reason(CancelCause cause) => cause switch
    {
        CancelCause.User => Wire.CancelReason.User,
        CancelCause.TaskTimeout => Wire.CancelReason.TaskTimeout,
        _ => throw new ArgumentOutOfRangeException(nameof(cause), cause, "Not a cause of a cancel."),
    };

    public static int Milliseconds(TimeSpan span) => (int)Math.Min(int.MaxValue, span.TotalMilliseconds);
}
