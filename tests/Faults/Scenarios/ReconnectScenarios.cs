using System.Diagnostics;
using System.Globalization;
using Grpc.Core;
using Grpc.Net.Client;
using TaskConsole.Faults.Lab;
using TaskConsole.Harness;
using TaskConsole.Protocol.V1;

namespace TaskConsole.Faults.Scenarios;

/// <summary>Many come back at once; one that is too old does not.</summary>
public abstract class ReconnectScenarios(FaultLab lab, ScenarioReport report, ITestOutputHelper output) : Scenario(lab, report, output)
{
    private const int Crowd = 200;

    [Fact]
    public async Task Two_hundred_reconnects_in_a_second_three_times_over()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        using var channel = GrpcChannel.ForAddress($"http://127.0.0.1:{Lab.HubPort}", new GrpcChannelOptions
        {
            HttpHandler = new SocketsHttpHandler { EnableMultipleHttp2Connections = true },
            DisposeHttpClient = true,
        });
        var crowd = Enumerable.Range(0, Crowd).Select(number => new WireAgent(channel, string.Create(CultureInfo.InvariantCulture, $"crowd-{number:000}"))).ToList();
        try
        {
            await Task.WhenAll(crowd.Select(agent => agent.EnrolAsync(patience.Token)));
            await Task.WhenAll(crowd.Select(agent => agent.ConnectAsync(patience.Token)));
            var gate = NewGate();
            var task = await RunOnFleetAsync(LabScript.Until(gate), LabScript.Printer(200));
            await task.MarkedAsync(3);
            for (var round = 0; round < 3; round++)
            {
                var epochs = crowd.ConvertAll(agent => agent.Epoch);
                var began = Stopwatch.GetTimestamp();
                await Task.WhenAll(crowd.Select(BackAsync));
                Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Crowd} reconnects: all welcome after {Stopwatch.GetElapsedTime(began).TotalSeconds:0.00} s"));
                Assert.All(crowd.Zip(epochs), pair => Assert.True(pair.First.Epoch > pair.Second));
            }

            Open(gate);
            await SettleAsync(task, "Succeeded");
            Assert.Equal(Crowd, (await Lab.Api.GetAsync("/hosts?search=crowd-&status=Online")).GetProperty("total").GetInt32());
        }
        finally
        {
            await Task.WhenAll(crowd.Select(agent => agent.DisposeAsync().AsTask()));
        }

        // Spread over less than a second.
        async Task BackAsync(WireAgent agent)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.Next(900)), patience.Token);
            await agent.BreakAsync();
            await agent.ConnectAsync(patience.Token);
        }
    }

    [Fact]
    public async Task Agent_below_the_lowest_protocol_version_is_refused_with_a_clear_word()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        using var channel = GrpcChannel.ForAddress($"http://127.0.0.1:{Lab.HubPort}");
        await using var agent = new WireAgent(channel, "ancient");
        await agent.EnrolAsync(patience.Token);
        var refused = await Assert.ThrowsAsync<RpcException>(() => agent.ConnectAsync(patience.Token, ProtocolVersion.Unspecified));
        Assert.Equal(StatusCode.FailedPrecondition, refused.StatusCode);
        Assert.Contains("version", refused.Status.Detail, StringComparison.OrdinalIgnoreCase);
        Assert.Equal("Offline", (await Lab.Api.GetAsync("/hosts?search=ancient")).GetProperty("items")[0].Text("status"));
        await agent.ConnectAsync(patience.Token);
    }
}

/// <inheritdoc />
[Collection(OnSqlite.Name)]
public sealed class ReconnectOnSqliteScenarios(SqliteLab lab, ScenarioReport report, ITestOutputHelper output) : ReconnectScenarios(lab, report, output);

/// <inheritdoc />
[Collection(OnMariaDb.Name)]
public sealed class ReconnectOnMariaDbScenarios(MariaDbLab lab, ScenarioReport report, ITestOutputHelper output) : ReconnectScenarios(lab, report, output);
