using System.Collections.Concurrent;
using TaskConsole.Core.Dispatch;

namespace TaskConsole.Core.Tests;

/// <summary>Keeps what was to be delivered to agents.</summary>
internal sealed class RecordingGateway : IAgentGateway
{
    public ConcurrentQueue<ExecuteOrder> Executes { get; } = new();

    public ConcurrentQueue<CancelOrder> Cancels { get; } = new();

    public ConcurrentQueue<Guid> Disconnects { get; } = new();

    /// <summary>Whether orders find a session that takes them.</summary>
    public bool Delivers { get; set; } = true;

    public bool TryExecute(ExecuteOrder order)
    {
        if (Delivers)
        {
            Executes.Enqueue(order);
        }

        return Delivers;
    }

    public bool TryCancel(CancelOrder order)
    {
        if (Delivers)
        {
            Cancels.Enqueue(order);
        }

        return Delivers;
    }

    public ConcurrentQueue<EndBackgroundOrder> EndBackgrounds { get; } = new();

    public bool IsConnected(Guid hostId) => Delivers;

    /// <summary>Whether the session ends between a look at <see cref="IsConnected"/> and the order to end what runs in the background.</summary>
    public bool LosesEndBackground { get; set; }

    public bool TryEndBackground(EndBackgroundOrder order)
    {
        if (!Delivers || LosesEndBackground)
        {
            return false;
        }

        EndBackgrounds.Enqueue(order);
        return true;
    }

    public ConcurrentQueue<Guid> Reconciles { get; } = new();

    public void Reconcile(Guid hostId) => Reconciles.Enqueue(hostId);

    public void Disconnect(Guid hostId) => Disconnects.Enqueue(hostId);
}
