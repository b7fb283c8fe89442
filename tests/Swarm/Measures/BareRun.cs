using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using TaskConsole.Harness;
using TaskConsole.Swarm.Bare;
using TaskConsole.Swarm.Series;

namespace TaskConsole.Swarm.Measures;

/// <summary>The yardstick of a run: the same agents on the bare hub.</summary>
internal sealed class BareRun(SwarmRunOptions options, RunLog log)
{
    public async Task<BareFigures> RunAsync(CancellationToken cancellationToken)
    {
        var port = FreePort.Find();
        var hub = await StartAsync(port);
        await using var swarm = await SwarmOfAgents.StartAsync(new Uri($"http://127.0.0.1:{port}"), "none", options.Agents, options.Addresses, options.StreamsPerConnection);

        // What enrolment left in its heap is not the agents'; the console is started again for the same reason.
        await hub.DisposeAsync();
        hub = await StartAsync(port);
        await using (hub)
        {
            return await MeasureAsync(hub, swarm, cancellationToken);
        }
    }

    private static async Task<LineProcess> StartAsync(int port)
    {
        var hub = LineProcess.Start(serverHeap: true, "bare-hub", "--port", port.ToString(CultureInfo.InvariantCulture));
        await hub.AnswerAsync(TimeSpan.FromSeconds(30));
        return hub;
    }

    private async Task<BareFigures> MeasureAsync(LineProcess hub, SwarmOfAgents swarm, CancellationToken cancellationToken)
    {
        var before = ProcessFigures.ResidentBytes(hub.Id);
        var connect = await swarm.ConnectAsync();
        await Task.Delay(TimeSpan.FromSeconds(5));
        var memory = ProcessFigures.ResidentBytes(hub.Id) - before;
        log.Tell($"bare hub: {options.Agents} agents connected in {connect.TotalSeconds:0.00} s, {memory / 1024.0 / options.Agents:0.0} KiB each");
        List<double> rounds = [];
        for (var round = 0; round < Yardstick.WarmUps + Yardstick.Rounds; round++)
        {
            rounds.Add((await RoundAsync(hub, options.Agents)).TotalSeconds);
            log.Tell($"bare hub: {options.Agents} executes answered in {rounds[^1]:0.00} s");
        }

        List<double> trips = [];
        for (var call = 0; call < Yardstick.Calls; call++)
        {
            trips.Add((await RoundAsync(hub, 1)).TotalMilliseconds);
        }

        var idle = 0.0;
        if (options.Measure("idle"))
        {
            idle = await ProcessFigures.IdleShareAsync(hub.Id, options.Idle, cancellationToken);
            log.Tell($"bare hub: {idle:0.00} % of a core for the heartbeats of {options.Agents} agents");
        }

        return new BareFigures(connect.TotalSeconds, memory / (double)options.Agents, Quantile.Median(rounds[Yardstick.WarmUps..]), Quantile.Of(trips, 0.99), idle);
    }

    private static async Task<TimeSpan> RoundAsync(LineProcess hub, int count)
    {
        var answer = hub.AnswerAsync(TimeSpan.FromMinutes(3));
        await hub.TellAsync(string.Create(CultureInfo.InvariantCulture, $"execute {count} {Yardstick.Plain}"));
        var round = JsonSerializer.Deserialize<BareRound>(await answer)!;
        return Stopwatch.GetElapsedTime(round.Began, round.LastEnd);
    }
}
