using System.Diagnostics;

namespace TaskConsole.Console.Demo;

/// <summary>One agent of the demo fleet: a child process that is started again when it dies, and that ends when its standard input closes.</summary>
internal sealed partial class DemoAgent(DemoAgentPlan plan, TimeProvider time, ILogger<DemoAgent> logger)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan StopGrace = TimeSpan.FromSeconds(5);

    /// <summary>Keeps it running until <paramref name="stop"/>, then ends it.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        var pause = FirstPause;
        while (!stop.IsCancellationRequested)
        {
            var started = time.GetTimestamp();
            await RunOnceAsync(stop);
            if (stop.IsCancellationRequested)
            {
                return;
            }

            pause = time.GetElapsedTime(started) > LongestPause ? FirstPause : pause;
            LogRestarts(plan.Name, pause.TotalSeconds);
            await Task.Delay(pause, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            pause = pause + pause < LongestPause ? pause + pause : LongestPause;
        }
    }

    private async Task RunOnceAsync(CancellationToken stop)
    {
        using var process = new Process { StartInfo = plan.StartInfo() };
        try
        {
            process.Start();
        }
        catch (Exception failure) when (failure is System.ComponentModel.Win32Exception or IOException)
        {
            LogDoesNotStart(failure, plan.Name, plan.Program);
            return;
        }

        var reading = Task.WhenAll(
            ReadAsync(process.StandardOutput, LogLevel.Information),
            ReadAsync(process.StandardError, LogLevel.Warning));
        await process.WaitForExitAsync(stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!process.HasExited)
        {
            await EndAsync(process);
        }

        // Supervisors of attempts that still run may hold the pipes open; their end is not waited for.
        await Task.WhenAny(reading, Task.Delay(TimeSpan.FromSeconds(1), time, CancellationToken.None));
        LogEnded(plan.Name, process.ExitCode);
    }

    private async Task EndAsync(Process process)
    {
        process.StandardInput.Close();
        using var patience = new CancellationTokenSource(StopGrace, time);
        await process.WaitForExitAsync(patience.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!process.HasExited)
        {
            process.Kill();
            await process.WaitForExitAsync(CancellationToken.None);
        }
    }

    private async Task ReadAsync(StreamReader lines, LogLevel level)
    {
        while (await lines.ReadLineAsync() is { } line)
        {
            LogLine(level, plan.Name, line);
        }
    }

    [LoggerMessage(Message = "{Agent}: {Line}")]
    private partial void LogLine(LogLevel level, string agent, string line);

    [LoggerMessage(Level = LogLevel.Information, Message = "Demo agent {Agent} ended with {ExitCode}")]
    private partial void LogEnded(string agent, int exitCode);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Demo agent {Agent} ended by itself; it is started again in {Seconds} s")]
    private partial void LogRestarts(string agent, double seconds);

    [LoggerMessage(Level = LogLevel.Error, Message = "Demo agent {Agent} cannot be started from {Program}; build the console again, which builds it too")]
    private partial void LogDoesNotStart(Exception failure, string agent, string program);
}
