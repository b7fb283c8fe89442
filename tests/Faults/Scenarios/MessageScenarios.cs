using Google.Protobuf;
using TaskConsole.Faults.Lab;
using TaskConsole.Protocol.V1;

namespace TaskConsole.Faults.Scenarios;

/// <summary>Messages come twice, late, in another order, or hold what nobody knows.</summary>
[Collection(OnSqlite.Name)]
public sealed class MessageScenarios(SqliteLab lab, ScenarioReport report, ITestOutputHelper output) : Scenario(lab, report, output)
{
    // Fields and a kind of message of a later version: number 1000, bytes.
    private static readonly byte[] UnknownField = [0xC2, 0x3E, 3, 1, 2, 3];

    [Fact]
    public async Task Every_message_of_the_hub_and_of_the_agent_comes_twice()
    {
        var relay = await Agent.RelayAsync();
        relay.FromHub = TwiceAsync;
        relay.FromAgent = TwiceAsync;
        var task = await RunAsync(Agent, LabScript.Printer(300));
        var canceled = await RunAsync(Agent, LabScript.Until(NewGate()));
        await canceled.MarkedAsync(1);
        await canceled.CancelAsync();
        await SettleAsync(task, "Succeeded");
        await SettleAsync(canceled, "Canceled/CanceledByUser");

        static async Task TwiceAsync<T>(T message, Func<T, Task> sendAsync)
        {
            await sendAsync(message);
            await sendAsync(message);
        }
    }

    [Fact]
    public async Task Execute_comes_again_after_its_end()
    {
        var relay = await Agent.RelayAsync();
        var held = relay.HoldFromHub(message => message.Execute is not null);
        var first = await RunAsync(Agent, LabScript.Quick);
        var execute = await held.ReachedAsync();
        held.Release();
        await first.UntilAsync("Succeeded");
        relay.FromHub = async (message, sendAsync) =>
        {
            await sendAsync(message);
            if (message.Execute is not null)
            {
                await sendAsync(execute);
            }
        };
        await SettleAsync(await RunAsync(Agent, LabScript.Quick), "Succeeded");
        await SettleAsync(first, "Succeeded");
    }

    [Fact]
    public async Task Cancel_overtakes_its_execute()
    {
        var relay = await Agent.RelayAsync();
        var late = new TaskCompletionSource<(HubMessage, Func<HubMessage, Task>)>();
        relay.FromHub = (message, sendAsync) => message.Execute is not null && late.TrySetResult((message, sendAsync)) ? Task.CompletedTask : sendAsync(message);
        var task = await RunAsync(Agent, LabScript.Quick);
        var (execute, sendLaterAsync) = await late.Task.WaitAsync(Soon);
        await task.CancelAsync();
        await task.UntilAsync("Canceled");
        await sendLaterAsync(execute);
        await SettleAsync(await RunAsync(Agent, LabScript.Quick), "Succeeded");
        await SettleAsync(task, "Canceled/CanceledByUser");
    }

    [Fact]
    public async Task Expired_copy_comes_before_the_renewed_one()
    {
        var relay = await Agent.RelayAsync();
        relay.FromHub = async (message, sendAsync) =>
        {
            if (message.Execute is not null)
            {
                var expired = message.Clone();
                expired.Execute.NotAfterMs -= (long)TimeSpan.FromMinutes(30).TotalMilliseconds;
                await sendAsync(expired);
            }

            await sendAsync(message);
        };
        await SettleAsync(await RunAsync(Agent, LabScript.Quick), "DispatchFailed/Refused");
    }

    [Fact]
    public async Task Messages_of_a_later_version_hold_unknown_fields_and_kinds()
    {
        var relay = await Agent.RelayAsync();
        relay.FromHub = async (message, sendAsync) =>
        {
            await sendAsync(HubMessage.Parser.ParseFrom(UnknownField));
            message.Execute?.MergeFrom(UnknownField);
            message.Acknowledge?.MergeFrom(UnknownField);
            message.MergeFrom(UnknownField);
            await sendAsync(message);
        };
        relay.FromAgent = async (message, sendAsync) =>
        {
            message.Started?.MergeFrom(UnknownField);
            message.Output?.MergeFrom(UnknownField);
            message.Finished?.MergeFrom(UnknownField);
            message.MergeFrom(UnknownField);
            await sendAsync(message);
            await sendAsync(AgentMessage.Parser.ParseFrom(UnknownField));
        };
        await SettleAsync(await RunAsync(Agent, LabScript.Printer(50)), "Succeeded");
    }

    [Fact]
    public async Task Host_with_a_clock_that_is_three_minutes_wrong()
    {
        var relay = await Agent.RelayAsync();
        foreach (var wrong in new[] { TimeSpan.FromMinutes(3), TimeSpan.FromMinutes(-3) })
        {
            var clock = new WrongClock(Agent.DataDirectory, wrong);
            relay.FromHub = clock.FromHubAsync;
            relay.FromAgent = clock.FromAgentAsync;
            await Agent.ReconnectAsync();
            var before = TimeProvider.System.GetUtcNow();
            var task = await RunAsync(Agent, LabScript.Quick);
            await SettleAsync(task, "Succeeded");
            var row = await task.RowAsync();
            Assert.True(clock.Moved > 0);
            Assert.InRange(row.GetProperty("startedAt").GetDateTimeOffset(), before.AddSeconds(-2), TimeProvider.System.GetUtcNow().AddSeconds(2));
            Assert.InRange(row.GetProperty("finishedAt").GetDateTimeOffset(), before.AddSeconds(-2), TimeProvider.System.GetUtcNow().AddSeconds(2));
            Assert.InRange(row.GetProperty("durationMs").GetInt64(), 0, 10_000);
        }

        relay.PassAll();
        await Agent.ReconnectAsync();
    }
}
