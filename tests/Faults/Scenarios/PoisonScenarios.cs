using Google.Protobuf;
using TaskConsole.Faults.Lab;
using TaskConsole.Harness;
using TaskConsole.Protocol.V1;

namespace TaskConsole.Faults.Scenarios;

/// <summary>An agent says what cannot be, or what is not its to say; everybody else goes on.</summary>
public abstract class PoisonScenarios(FaultLab lab, ScenarioReport report, ITestOutputHelper output) : Scenario(lab, report, output)
{
    [Fact]
    public async Task Poisoned_messages_harm_neither_the_others_nor_the_sender()
    {
        var relay = await Agent.RelayAsync();
        var gate = NewGate();
        var task = await RunOnFleetAsync(LabScript.Until(gate), LabScript.Printer(100));
        await task.MarkedAsync(3);
        var rows = await task.RowsAsync();
        var own = Key(rows.First(row => row.Text("hostName") == Agent.Name).Id());
        var strangers = Key(rows.First(row => row.Text("hostName") == Lab.Fleet[1].Name).Id());
        var poisons = new Queue<AgentMessage>(Poisons(own, strangers));
        var count = poisons.Count;
        relay.FromAgent = async (message, sendAsync) =>
        {
            await sendAsync(message);

            // Never before the hello, and one for each message: those that end the session must not hide the rest.
            if (message.Hello is null && poisons.TryDequeue(out var poison))
            {
                await sendAsync(poison);
            }
        };
        var chatter = await RunAsync(Agent, LabScript.Printer(2_000, pauseMs: 30));
        await Wait.UntilAsync($"{count} poisoned messages to be sent", () => Task.FromResult(poisons.Count == 0), TimeSpan.FromMinutes(2));
        relay.PassAll();
        Open(gate);
        await SettleAsync(task, "Succeeded", within: TimeSpan.FromSeconds(60));
        await SettleAsync(chatter, "Succeeded");
        await SettleAsync(await RunOnFleetAsync(LabScript.Quick), "Succeeded");
    }

    private static IEnumerable<AgentMessage> Poisons(AttemptKey own, AttemptKey strangers)
    {
        var nobodys = Key(Guid.CreateVersion7().ToString());
        var notYet = new AttemptKey(own) { Attempt = 7 };
        var crooked = new AttemptKey { CommandHostId = ByteString.CopyFrom(1, 2, 3), Attempt = 1 };
        var zero = new AttemptKey(own) { Attempt = 0 };
        var huge = new AttemptKey(own) { Attempt = uint.MaxValue };
        foreach (var key in new[] { strangers, nobodys, notYet, crooked, zero, huge })
        {
            yield return new AgentMessage { Started = new Started { Key = key, StartedAtMs = 1, ClaimedAtMs = long.MaxValue, JournalSequence = ulong.MaxValue } };
            yield return new AgentMessage { Output = new OutputFrame { Key = key, Stream = OutputStream.Stdout, Data = ByteString.CopyFromUtf8("not mine"), Order = 1 } };
            yield return new AgentMessage { Finished = new Finished { Key = key, Outcome = Outcome.Exited, FinishedAtMs = 1, Details = { new Detail { Code = "\0\ud83d\ude00" } } } };
            yield return new AgentMessage { Refused = new Refused { Key = key, Cause = Refused.Types.Cause.Expired, Details = { new Detail { Code = "no", Arguments = { ["\0"] = new DetailArgument { Text = "\ud83d\ude00\0" } } } } } };
        }

        yield return new AgentMessage { Output = new OutputFrame { Key = own, Stream = OutputStream.Stdout, Offset = long.MaxValue - 3, Data = ByteString.CopyFromUtf8("far away"), Order = 1 } };
        yield return new AgentMessage { Output = new OutputFrame { Key = own, Stream = OutputStream.Stdout, Offset = -5, Data = ByteString.CopyFromUtf8("before"), Order = -1 } };
        yield return new AgentMessage { Output = new OutputFrame { Key = own, Stream = (OutputStream)9, Data = ByteString.CopyFromUtf8("which"), Order = 1 } };
        yield return new AgentMessage { Omitted = new OutputOmitted { Key = own, Stream = OutputStream.Stdout, From = 9, To = 3, Order = 1 } };
        yield return new AgentMessage { Omitted = new OutputOmitted { Key = own, Stream = OutputStream.Stdout, From = -9, To = long.MaxValue, Order = 1 } };
        yield return new AgentMessage { Finished = new Finished { Key = own, Outcome = Outcome.Unspecified } };
        yield return new AgentMessage { Finished = new Finished { Key = own, Outcome = Outcome.Exited, StdoutBytes = -1, FinishedAtMs = long.MinValue, DurationMs = long.MinValue } };
        yield return new AgentMessage { Finished = new Finished { Outcome = Outcome.Exited } };
        yield return new AgentMessage { Heartbeat = new Heartbeat { AgentTimeMs = long.MaxValue, JournalSequence = 0, Load = new HostLoad { Cpu = double.NaN, Memory = double.PositiveInfinity, DiskFreeBytes = -1 } } };
        yield return new AgentMessage { Hello = new SignedHello() };
    }

    private static AttemptKey Key(string id) => new() { CommandHostId = ByteString.CopyFrom(Guid.Parse(id).ToByteArray(bigEndian: true)), Attempt = 1 };
}

/// <inheritdoc />
[Collection(OnSqlite.Name)]
public sealed class PoisonOnSqliteScenarios(SqliteLab lab, ScenarioReport report, ITestOutputHelper output) : PoisonScenarios(lab, report, output);

/// <inheritdoc />
[Collection(OnMariaDb.Name)]
public sealed class PoisonOnMariaDbScenarios(MariaDbLab lab, ScenarioReport report, ITestOutputHelper output) : PoisonScenarios(lab, report, output);
