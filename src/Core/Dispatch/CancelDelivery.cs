using Microsoft.Extensions.Options;
using TaskConsole.Core.Results;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Core.Dispatch;

/// <summary>Sends cancels that were committed. What cannot be delivered now is answered with Cancel at the agent's next hello.</summary>
internal sealed class CancelDelivery(IAgentGateway gateway, IOptions<DispatchOptions> options)
{
    public CancelOrder Order(CommandHost row, CancelCause cause) =>
        new(new AttemptKey(row.Id, row.Attempt), row.HostId, cause, TimeSpan.FromSeconds(options.Value.KillGraceSeconds));

    public void Send(IEnumerable<CancelOrder> orders)
    {
        foreach (var order in orders)
        {
            gateway.TryCancel(order);
        }
    }
}
