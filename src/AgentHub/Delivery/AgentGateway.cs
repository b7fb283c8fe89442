using TaskConsole.AgentHub.Sessions;
using TaskConsole.Core.Dispatch;

namespace TaskConsole.AgentHub.Delivery;

/// <summary>Delivers to the agents that are connected to this instance.</summary>
internal sealed class AgentGateway(SessionRegistry sessions, HubMetrics metrics) : IAgentGateway
{
    public bool TryExecute(ExecuteOrder order) =>
        sessions.Find(order.HostId) is { } session && Counted(session.TryDeliver(ExecuteMessages.From(order)));

    public bool TryCancel(CancelOrder order) =>
        sessions.Find(order.HostId) is { } session && Counted(session.TryDeliver(ExecuteMessages.From(order)));

    public void Disconnect(Guid hostId) => sessions.Find(hostId)?.End(SessionEnd.Disconnected);

    private bool Counted(bool delivered)
    {
        if (!delivered)
        {
            metrics.QueueFull();
        }

        return delivered;
    }
}
