using CsCheck;
using Google.Protobuf;
using Grpc.Core;
using Wire = TaskConsole.Protocol.V1;

namespace TaskConsole.AgentHub.Tests.Running;

public sealed class FuzzTests
{
    [Fact]
    public async Task No_bytes_bring_the_hub_down()
    {
        await using var hub = await RunningHub.StartAsync(null, ("AgentHub:EnrolmentsPerMinutePerAddress", "1000000"), ("AgentHub:EnrolmentsPerMinute", "1000000"));
        var agent = await hub.JoinAsync("web-01");
        using var first = await agent.OpenAsync();
        await hub.StartTaskAsync("echo", null, agent);
        var key = (await first.NextAsync(Wire.HubMessage.KindOneofCase.Execute)).Execute.Key;
        var enrol = AgentKey.Enrol(agent.Key, "web-01", RunningHub.JoinToken, TimeProvider.System.GetUtcNow()).ToByteArray();
        byte[][] seeds =
        [
            SessionTests.Frame(key, 0, "hello"u8).ToByteArray(),
            SessionTests.Finished(key, 5).ToByteArray(),
            new Wire.AgentMessage { Started = new Wire.Started { Key = key, JournalSequence = 1, ClaimedAtMs = 1, StartedAtMs = 1 } }.ToByteArray(),
            new Wire.AgentMessage { Refused = new Wire.Refused { Key = key, Details = { new Wire.Detail { Code = "no", Arguments = { ["errno"] = new Wire.DetailArgument { Number = 2 }, ["user"] = new Wire.DetailArgument { Text = "x" } } } } } }.ToByteArray(),
            new Wire.AgentMessage { Omitted = new Wire.OutputOmitted { Key = key, Stream = Wire.OutputStream.Stdout, From = 0, To = 9, Order = 1 } }.ToByteArray(),
            new Wire.AgentMessage { Heartbeat = new Wire.Heartbeat { AgentTimeMs = 5, Load = new Wire.HostLoad { Cpu = 1 } } }.ToByteArray(),
            new Wire.AgentMessage { Hello = AgentKey.Sign(agent.Key, agent.Hello(), new Wire.Challenge()) }.ToByteArray(),
        ];
        var mutated = Gen.Select(Gen.Int[0, seeds.Length - 1], Gen.Int[0, 1_000].Array[0, 6], Gen.Byte.Array[6]).Select((which, places, values) =>
        {
            var bytes = seeds[which].ToArray();
            foreach (var (index, place) in places.Index())
            {
                bytes[place % bytes.Length] = values[index];
            }

            return bytes;
        });
        var any = Gen.OneOf(mutated, Gen.Byte.Array[0, 300]);

        await any.Array[1, 20].SampleAsync(
            async messages =>
            {
                // Before a hello, and after it.
                using (var stranger = new TestStream(hub.Client().Connect()))
                {
                    await stranger.NextAsync();
                    await stranger.SendAsync(messages[0]);
                    Assert.NotEqual(StatusCode.OK, await stranger.EndAsync());
                }

                using var stream = await agent.OpenAsync();
                try
                {
                    foreach (var message in messages)
                    {
                        await stream.SendAsync(message);
                    }

                    await stream.CompleteAsync();
                }
                catch (Exception ended) when (ended is RpcException or InvalidOperationException)
                {
                    // The hub had enough of it.
                }

                await stream.EndAsync();
                var spoiled = enrol.ToArray();
                spoiled[messages[0].Length % spoiled.Length] ^= (byte)messages.Length;
                await Record.ExceptionAsync(() => agent.Client.EnrolRawAsync(spoiled));
            },
            iter: 150,
            threads: 1);

        using var last = await agent.OpenAsync();
        Assert.True(last.Welcome.SessionEpoch > 150);
        Assert.All(hub.Log.Errors, error => Assert.Fail(error[..Math.Min(error.Length, 900)]));
    }
}
