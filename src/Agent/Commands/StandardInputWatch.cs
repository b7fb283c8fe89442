using Microsoft.Extensions.Hosting;

namespace TaskConsole.Agent.Commands;

/// <summary>Ends the agent when its standard input closes, so that it does not outlive the console that started it.</summary>
internal sealed class StandardInputWatch(IHostApplicationLifetime lifetime) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await using var input = Console.OpenStandardInput();
        var buffer = new byte[256];
        while (await input.ReadAsync(buffer, stoppingToken) > 0)
        {
            // Whatever is said there means nothing.
        }

        lifetime.StopApplication();
    }
}
