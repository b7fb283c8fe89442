using Microsoft.Extensions.Logging;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Core.Dispatch;

/// <summary>Hands committed rows to the sessions of their hosts.</summary>
internal sealed partial class OrderDelivery(OrderComposer orders, IAgentGateway gateway, UndeliveredOrders undelivered, ILogger<OrderDelivery> logger)
{
    public async Task DeliverAsync(OpsTask task, IReadOnlyCollection<(CommandHost Row, long SessionEpoch)> rows, CancellationToken cancellationToken)
    {
        foreach (var order in await orders.ComposeAsync(task, rows, cancellationToken))
        {
            if (!gateway.TryExecute(order))
            {
                undelivered.Add(order.Key.CommandHostId);
                LogNotDelivered(logger, order.Key.CommandHostId, order.Key.Attempt, order.HostId);
            }
        }
    }

    [LoggerMessage(1, LogLevel.Information, "Attempt {CommandHostId}#{Attempt} is committed and could not be handed to host {HostId} now; the sweep sends it again")]
    private static partial void LogNotDelivered(ILogger logger, Guid commandHostId, int attempt, Guid hostId);
}
