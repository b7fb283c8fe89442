using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace TaskConsole.Agent.Journal;

/// <summary>Drops tombstones past their lifetime, at start and once an hour.</summary>
internal sealed partial class TombstonePurge(AgentJournal journal, TimeProvider time, ILogger<TombstonePurge> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        do
        {
            try
            {
                journal.Tombstones.Purge();
            }
            catch (IOException failure)
            {
                LogFailed(failure.Message);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Old tombstones could not be dropped: {Why}")]
    private partial void LogFailed(string why);
}
