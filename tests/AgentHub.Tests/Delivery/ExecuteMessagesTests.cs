using System.Security.Cryptography;
using CsCheck;
using TaskConsole.AgentHub.Delivery;
using TaskConsole.Core.Dispatch;
using TaskConsole.Core.Outputs;
using TaskConsole.Core.Results;
using Wire = TaskConsole.Protocol.V1;

namespace TaskConsole.AgentHub.Tests.Delivery;

public sealed class ExecuteMessagesTests
{
    [Fact]
    public void A_small_payload_travels_in_its_execute()
    {
        var order = Order("echo 你好\n", new() { ["A"] = "1" }, new() { ["S"] = "secret" });
        var execute = Assert.Single(ExecuteMessages.From(order)).Execute;
        Assert.Equal("echo 你好\n", execute.Payload.Script.ToStringUtf8());
        Assert.Equal("1", execute.Payload.Environment["A"]);
        Assert.Equal("secret", execute.Payload.Secrets["S"]);
        Assert.Equal(["/bin/bash", "-e"], execute.Interpreter);
        Assert.Equal(0u, execute.PayloadParts);
        Assert.True(execute.PayloadSha256.IsEmpty);
        Assert.Equal(order.Key.CommandHostId.ToByteArray(bigEndian: true), execute.Key.CommandHostId.ToByteArray());
        Assert.Equal((4_096L, 8_192L), (execute.OutputHeadBytes, execute.OutputTailBytes));
        Assert.Equal((3u, 7u, 60_000L, 5_000), (execute.Key.Attempt, execute.CommandIndex, execute.TimeoutMs, execute.KillGraceMs));
    }

    [Fact]
    public void Any_payload_arrives_whole_and_every_message_is_within_the_limit() =>
        Gen.Int[0, 1_300_000].Select(Gen.Int[0, 262_144]).Sample(
            (parameters, script) =>
            {
                var values = Enumerable.Range(0, (parameters / 100_000) + 1)
                    .ToDictionary(i => $"P{i}", i => new string((char)('a' + i), Math.Min(100_000, parameters - (i * 100_000))), StringComparer.Ordinal);
                var order = Order(new string('x', script), values, []);
                var messages = ExecuteMessages.From(order);
                Assert.All(messages, message => Assert.InRange(message.CalculateSize(), 1, 1024 * 1024));

                var execute = messages[^1].Execute;
                var payload = execute.Payload ?? Whole(messages, execute);
                Assert.Equal(script, payload.Script.Length);
                Assert.Equal(values.OrderBy(pair => pair.Key), payload.Environment.OrderBy(pair => pair.Key));
            },
            iter: 60);

    [Fact]
    public void Nothing_that_can_be_logged_of_an_order_shows_its_content() =>
        Assert.DoesNotContain("hunter2", Order("echo hunter2", [], new() { ["S"] = "hunter2" }).ToString(), StringComparison.Ordinal);

    private static Wire.Payload Whole(Wire.HubMessage[] messages, Wire.Execute execute)
    {
        var parts = messages[..^1].Select(message => message.ExecutePart).ToList();
        Assert.Equal(execute.PayloadParts, (uint)parts.Count);
        Assert.All(parts.Index(), part => Assert.Equal((uint)part.Index, part.Item.Index));
        Assert.All(parts, part => Assert.Equal(execute.Key, part.Key));
        Assert.All(parts, part => Assert.InRange(part.Data.Length, 1, 512 * 1024));
        var bytes = parts.SelectMany(part => part.Data.ToByteArray()).ToArray();
        Assert.Equal(SHA256.HashData(bytes), execute.PayloadSha256.ToByteArray());
        return Wire.Payload.Parser.ParseFrom(bytes);
    }

    internal static ExecuteOrder Order(string script, Dictionary<string, string> environment, Dictionary<string, string> secrets) => new()
    {
        Key = new AttemptKey(Guid.CreateVersion7(), 3),
        HostId = Guid.CreateVersion7(),
        SessionEpoch = 1,
        TaskId = Guid.CreateVersion7(),
        TaskName = "a task",
        CommandIndex = 7,
        NotAfter = DateTimeOffset.UnixEpoch.AddDays(20_000),
        Script = script,
        Interpreter = ["/bin/bash", "-e"],
        Timeout = TimeSpan.FromMinutes(1),
        KillGrace = TimeSpan.FromSeconds(5),
        Output = new OutputLimits(4_096, 8_192),
        Environment = environment,
        Secrets = secrets,
    };
}
