using Microsoft.Extensions.Hosting;
using TaskConsole.Agent.Supervision;

namespace TaskConsole.Agent.Attempts;

/// <summary>
/// Takes away the cgroups that no supervisor takes away: of supervisors that were killed, and of what lingered past the limit of
/// <see cref="Journal.LeftoverFolder.Most"/>. Agents that share a parent do so for each other.
/// </summary>
/// <param name="parent">See <see cref="HostCgroups.Parent"/>; not empty.</param>
/// <param name="time">Between two looks.</param>
internal sealed class CgroupCleaner(string parent, TimeProvider time) : BackgroundService
{
    /// <summary>Between two looks: far longer than a supervisor takes from making a cgroup to putting a process into it.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        IReadOnlySet<string> there = new HashSet<string>(StringComparer.Ordinal);
        do
        {
            try
            {
                there = AttemptCgroup.RemoveEmpty(parent, there);
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                // Looked at again; one that stays takes a little memory of the kernel, and nothing else.
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }
}
