using System.Diagnostics;
using System.Globalization;
using TaskConsole.Agent.Tests.Agents;
using TaskConsole.Protocol.V1;

namespace TaskConsole.Agent.Tests;

/// <summary>A host whose date is wrong, or is set while a script runs.</summary>
public sealed class ClockTests : IDisposable
{
    private const int Wrong = 180;
    private readonly TemporaryFolder _folder = new();

    private string Go => Path.Combine(_folder.Path, "go");

    private string WaitsToGo => $"while [ ! -e {Go} ]; do sleep 0.02; done";

    [Theory]
    [InlineData(Wrong)]
    [InlineData(-Wrong)]
    public async Task Whether_it_is_too_late_to_start_goes_by_the_time_of_the_hub(int seconds)
    {
        using var clock = ShiftedClock.Start(TimeSpan.FromSeconds(seconds));
        await using var fixture = await StartAsync(clock);
        // In between lie all dates that a host's own clock would judge otherwise.
        var inTime = await fixture.ExecuteAsync("date +%s", execute => execute.NotAfterMs = HubNow + 60_000);
        var tooLate = await fixture.ExecuteAsync("echo never", execute => execute.NotAfterMs = HubNow - 60_000);
        var finished = await inTime.FinishedAsync();
        Assert.Equal(Refused.Types.Cause.Expired, (await tooLate.RefusedAsync()).Cause);
        Assert.Empty(tooLate.AllStarted);

        // That the shift is there, in agent, supervisor and script.
        AssertShifted(seconds, fixture.Session.Hello.AgentTimeMs);
        AssertShifted(seconds, finished.FinishedAtMs);
        AssertShifted(seconds, long.Parse(inTime.Stdout, CultureInfo.InvariantCulture) * 1_000);
        Assert.InRange(finished.DurationMs, 0, 60_000);
    }

    [Theory]
    [InlineData(Wrong)]
    [InlineData(-Wrong)]
    public async Task A_date_that_is_set_while_a_script_runs_changes_neither_its_duration_nor_its_timeout(int seconds)
    {
        const int timeoutMs = 60_000;
        using var clock = ShiftedClock.Start(TimeSpan.Zero);
        await using var fixture = await StartAsync(clock);
        var since = Stopwatch.GetTimestamp();
        var running = await fixture.ExecuteAsync($"{WaitsToGo}; date +%s", execute => execute.TimeoutMs = timeoutMs);
        var timesOut = await fixture.ExecuteAsync("sleep 60", execute => execute.TimeoutMs = 1_500);
        await running.StartedAsync();
        await timesOut.StartedAsync();
        clock.Set(TimeSpan.FromSeconds(seconds));

        var killed = await timesOut.FinishedAsync();
        Assert.Equal(Outcome.TimedOut, killed.Outcome);
        Assert.InRange(killed.DurationMs, 1_500, Stopwatch.GetElapsedTime(since).TotalMilliseconds);
        var inTime = await fixture.ExecuteAsync("true", execute => execute.NotAfterMs = HubNow + 60_000);
        var tooLate = await fixture.ExecuteAsync("echo never", execute => execute.NotAfterMs = HubNow - 60_000);
        await inTime.FinishedAsync();
        Assert.Equal(Refused.Types.Cause.Expired, (await tooLate.RefusedAsync()).Cause);

        await File.WriteAllTextAsync(Go, "", TestContext.Current.CancellationToken);
        var finished = await running.FinishedAsync();
        Assert.Equal(Outcome.Exited, finished.Outcome);
        Assert.InRange(finished.DurationMs, 1_000, Stopwatch.GetElapsedTime(since).TotalMilliseconds);
        AssertShifted(seconds, long.Parse(running.Stdout, CultureInfo.InvariantCulture) * 1_000);
    }

    [Fact]
    public async Task The_duration_of_what_lost_its_supervisor_does_not_go_by_the_date()
    {
        using var clock = ShiftedClock.Start(TimeSpan.Zero);
        await using var fixture = await StartAsync(clock);
        var since = Stopwatch.GetTimestamp();
        var attempt = await fixture.ExecuteAsync("sleep 300");
        await attempt.StartedAsync();
        clock.Set(TimeSpan.FromSeconds(Wrong));
        Signals.Send(ProcessTable.SupervisorOf(attempt), Signals.Kill);
        var finished = await attempt.FinishedAsync();
        Assert.Equal(Outcome.SupervisorLost, finished.Outcome);
        Assert.InRange(finished.DurationMs, 0, Stopwatch.GetElapsedTime(since).TotalMilliseconds);
    }

    public void Dispose() => _folder.Dispose();

    private static long HubNow => TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();

    private static Task<AgentFixture> StartAsync(ShiftedClock clock) => AgentFixture.StartAsync(null, new AgentLaunch { Through = clock.Through });

    private static void AssertShifted(int seconds, long toldMs) =>
        Assert.InRange(toldMs - HubNow - (seconds * 1_000L), -60_000, 60_000);
}
