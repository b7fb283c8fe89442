using Microsoft.Extensions.Diagnostics.HealthChecks;
using TaskConsole.Core.Acts;
using TaskConsole.Core.Hosts;

namespace TaskConsole.Console.Health;

/// <summary>Whether the store answers.</summary>
internal sealed class StoreCheck(HostService hosts) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        await hosts.CountAsync(Actor.System, cancellationToken);
        return HealthCheckResult.Healthy();
    }
}
