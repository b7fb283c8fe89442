using TaskConsole.AgentHub.Metrics;
using TaskConsole.Core.Dispatch;

namespace TaskConsole.AgentHub.Sessions;

/// <summary>Delivers to the agents that are connected to this instance.</summary>
internal sealed class AgentGateway(SessionRegistry sessions, HubMetrics metrics) : IAgentGateway
{
    public bool TryExecute(ExecuteOrder order)
    {
        if (sessions.Find(order.HostId) is not { } session)
        {
            return false;
        }

        var delivered = session.TryExecute(order);
        if (!delivered)
        {
            metrics.NotDelivered();
        }

        return delivered;
    }

    public bool TryCancel(CancelOrder order) => sessions.Find(order.HostId)?.TryCancel(order) ?? false;

    public bool IsConnected(Guid hostId) => sessions.Find(hostId) is { Ending.IsCompleted: false };

    public bool TryEndBackground(EndBackgroundOrder order) => sessions.Find(order.HostId)?.TryEndBackground(order) ?? false;

    public void Reconcile(Guid hostId) => sessions.Find(hostId)?.End(SessionEnd.Reconciling);

    public void Disconnect(Guid hostId) => sessions.Disconnect(hostId);
}
