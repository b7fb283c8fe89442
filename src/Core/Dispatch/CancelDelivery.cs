using Microsoft.Extensions.Options;
using TaskConsole.Core.Queue;
using TaskConsole.Core.Results;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Core.Dispatch;

/// <summary>
/// Sends cancels that were committed, and the end of what attempts left in the background. A cancel that cannot be
/// delivered now is answered with Cancel at the agent's next hello.
/// </summary>
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

    /// <summary>Whether the agent of a host is connected.</summary>
    public bool IsConnected(Guid hostId) => gateway.IsConnected(hostId);

    public EndBackgroundOrder EndOfBackground(AttemptKey key, Guid hostId) => new(key, hostId, TimeSpan.FromSeconds(options.Value.KillGraceSeconds));

    /// <summary>Sends the end of what an attempt left in the background. False: its agent is not connected, and nothing is queued.</summary>
    public bool TrySend(EndBackgroundOrder order) => gateway.TryEndBackground(order);

    public void Send(IEnumerable<CancelOrder> orders)
    {
        foreach (var order in orders)
        {
            gateway.TryCancel(order);
        }
    }
}
