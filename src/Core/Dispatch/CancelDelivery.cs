using Microsoft.Extensions.Options;
using TaskConsole.Core.Results;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Core.Dispatch;

/// <summary>Sends cancels that were committed. What cannot be delivered now is answered with Cancel at the agent's next hello.</summary>
internal sealed class CancelDelivery(IAgentGateway gateway, IOptions<DispatchOptions> options)
{
    /// <summary>Why this CommandHost is to be killed; null: it is not.</summary>
    public static CancelCause? Cause(OpsTask task, CommandHost row) => (row.CancelRequestedAt ?? task.CancelRequestedAt, task.TimedOutAt) switch
    {
        (not null, _) => CancelCause.User,
        (_, not null) => CancelCause.TaskTimeout,
        _ => null,
    };

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
