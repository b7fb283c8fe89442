using System.Collections.Concurrent;
using System.Diagnostics;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using TaskConsole.Core.Hosts;
using TaskConsole.Core.Problems;
using TaskConsole.Core.Tasks;
using TaskConsole.Core.Tasks.Composing;
using Wire = TaskConsole.Protocol.V1;

namespace TaskConsole.AgentHub.Tests.Running;

/// <summary>Two agents with one key, and the honest agents that must never be taken for such.</summary>
public sealed class DuplicateTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(15);

    /// <summary>Less than the patience for a probe, whatever a busy machine adds.</summary>
    private static readonly TimeSpan NotWaited = TimeSpan.FromSeconds(1.9);

    /// <summary>Less than three times that patience: those that are dead are asked at the same time.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(6);

    private static readonly ByteString Here = ByteString.CopyFrom(new byte[16]);
    private static readonly ByteString There = ByteString.CopyFrom([.. Enumerable.Repeat((byte)7, 16)]);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_second_agent_with_the_key_of_one_that_lives_stops_both_until_an_operator_decides()
    {
        await using var hub = await RunningHub.StartAsync();
        var agent = await hub.JoinAsync("web-01");
        using var first = await agent.OpenAsync();
        var task = await hub.StartTaskAsync("echo", null, agent);
        var key = (await first.NextAsync(Wire.HubMessage.KindOneofCase.Execute)).Execute.Key;

        using var second = await agent.ConnectAsync();
        await first.AnswerProbeAsync();
        Assert.Equal((StatusCode.AlreadyExists, StatusCode.AlreadyExists), (await first.EndAsync(), await second.EndAsync()));
        await Eventually.TrueAsync(async () => (await hub.HostAsync(agent.Id)).Status == HostStatus.Duplicate, Soon, "two are told");
        var host = await hub.HostAsync(agent.Id);
        Assert.Equal(["127.0.0.1", "127.0.0.1"], host.Duplicate!.Addresses);
        Assert.Single(hub.Log.Errors, line => line.Contains("Two agents use the key of host web-01", StringComparison.Ordinal) && line.Contains("127.0.0.1", StringComparison.Ordinal));
        Assert.Equal(CommandHostStatus.Unreachable, (await hub.CommandHostAsync(task.Id)).Status);
        Assert.Equal([agent.Id], (await ListAsync(hub, HostStatus.Duplicate)).Select(listed => listed.Id));
        Assert.Empty(await ListAsync(hub, HostStatus.Offline));

        // Whoever comes back is refused, whatever it says of the attempt.
        using (var again = await agent.ConnectAsync(hello => hello.Attempts.Add(Ended(key))))
        {
            Assert.Equal(StatusCode.AlreadyExists, await again.EndAsync());
        }

        Assert.Equal(CommandHostStatus.Unreachable, (await hub.CommandHostAsync(task.Id)).Status);
        Assert.IsType<Problem.Invalid>((await hub.Hosts.ApproveAsync(agent.Id, null, RunningHub.Person, Token)).Problem);
        Assert.Equal(HostStatus.Offline, (await hub.Hosts.ApproveAsync(agent.Id, host.Fingerprint, RunningHub.Person, Token)).Value.Status);

        // The one that stays has what was sent to it, and ends it.
        using var stays = await agent.OpenAsync(hello => hello.Attempts.Add(Ended(key)));
        Assert.Equal(Wire.Reconciled.Types.Verdict.Keep, Assert.Single(stays.Welcome.Attempts).Verdict);
        await stays.SendAsync(SessionTests.Finished(key, 0));
        await stays.NextAsync(Wire.HubMessage.KindOneofCase.Acknowledge);
        Assert.Equal(CommandHostStatus.Succeeded, (await hub.CommandHostAsync(task.Id)).Status);
    }

    [Fact]
    public async Task What_the_one_that_stays_does_not_know_is_lost_and_not_sent_again()
    {
        await using var hub = await RunningHub.StartAsync();
        var agent = await hub.JoinAsync("web-01");
        using var first = await agent.OpenAsync();
        var task = await hub.StartTaskAsync("echo", null, agent);
        await first.NextAsync(Wire.HubMessage.KindOneofCase.Execute);
        using var second = await agent.ConnectAsync();
        await first.AnswerProbeAsync();
        Assert.Equal(StatusCode.AlreadyExists, await second.EndAsync());
        await Eventually.TrueAsync(async () => (await hub.HostAsync(agent.Id)).Status == HostStatus.Duplicate, Soon, "two are told");
        await hub.Hosts.ApproveAsync(agent.Id, (await hub.HostAsync(agent.Id)).Fingerprint, RunningHub.Person, Token);

        using var stays = await agent.OpenAsync();
        var row = await hub.CommandHostAsync(task.Id);
        Assert.Equal((CommandHostStatus.Failed, Reason.AgentLost), (row.Status, row.Reason));
    }

    [Theory]
    [InlineData(Wire.Outcome.SupervisorLost)]
    [InlineData(Wire.Outcome.HostRestarted)]
    [InlineData(Wire.Outcome.StartFailed)]
    public async Task A_copy_that_found_a_claim_and_nothing_else_ends_it_as_lost_and_it_is_not_tried_again(Wire.Outcome outcome)
    {
        await using var hub = await RunningHub.StartAsync();
        var agent = await hub.JoinAsync("web-01");
        using var first = await agent.OpenAsync();
        var task = await StartAsync(hub, agent.Id, retries: 3);
        var key = (await first.NextAsync(Wire.HubMessage.KindOneofCase.Execute)).Execute.Key;
        using var second = await agent.ConnectAsync();
        await first.AnswerProbeAsync();
        Assert.Equal(StatusCode.AlreadyExists, await second.EndAsync());
        await Eventually.TrueAsync(async () => (await hub.HostAsync(agent.Id)).Status == HostStatus.Duplicate, Soon, "two are told");
        await hub.Hosts.ApproveAsync(agent.Id, (await hub.HostAsync(agent.Id)).Fingerprint, RunningHub.Person, Token);

        using var stays = await agent.OpenAsync(hello => hello.Attempts.Add(Ended(key)));
        var lost = SessionTests.Finished(key, 0);
        lost.Finished.Outcome = outcome;
        await stays.SendAsync(lost);
        await stays.NextAsync(Wire.HubMessage.KindOneofCase.Acknowledge);
        var row = await hub.CommandHostAsync(task);
        Assert.Equal((CommandHostStatus.Failed, Reason.AgentLost, 1), (row.Status, row.Reason, row.Attempt));
    }

    [Fact]
    public async Task A_copy_with_a_new_key_replaces_the_old_one_when_its_fingerprint_is_approved()
    {
        await using var hub = await RunningHub.StartAsync();
        var agent = await hub.JoinAsync("web-01");
        using var first = await agent.OpenAsync();
        using var second = await agent.ConnectAsync();
        await first.AnswerProbeAsync();
        Assert.Equal(StatusCode.AlreadyExists, await second.EndAsync());

        var copy = new TestAgent(hub.Client(), "web-01");
        Assert.Equal(Wire.EnrolResponse.Types.Decision.Pending, (await copy.EnrolAsync(RunningHub.JoinToken)).Decision);
        var waiting = await hub.HostAsync(agent.Id);
        Assert.Equal(HostStatus.Duplicate, waiting.Status);
        var fingerprint = Assert.Single(waiting.PendingKeys).Fingerprint;
        Assert.IsType<Problem.WrongState>((await hub.Hosts.ApproveAsync(agent.Id, new string('0', 64), RunningHub.Person, Token)).Problem);
        Assert.Equal(HostStatus.Offline, (await hub.Hosts.ApproveAsync(agent.Id, fingerprint, RunningHub.Person, Token)).Value.Status);

        await copy.EnrolAsync(RunningHub.JoinToken);
        Assert.Equal(agent.Id, copy.Id);
        using var stays = await copy.OpenAsync();
        using var old = await agent.ConnectAsync();
        Assert.Equal(StatusCode.Unauthenticated, await old.EndAsync());
        Assert.Equal(HostStatus.Online, (await hub.HostAsync(agent.Id)).Status);
    }

    [Fact]
    public async Task Copies_that_take_turns_are_found_by_the_epoch_that_the_older_one_tells()
    {
        await using var hub = await RunningHub.StartAsync();
        var agent = await hub.JoinAsync("web-01");
        using (var copied = await agent.OpenAsync(hello => (hello.LastEpoch, hello.PlaceId) = (0, Here)))
        {
            await ConfirmAsync(copied);
        }

        await UntilOfflineAsync(hub, agent);
        using (var first = await agent.OpenAsync(hello => (hello.LastEpoch, hello.PlaceId) = (1, Here)))
        {
            Assert.Equal(2, first.Welcome.SessionEpoch);
            await ConfirmAsync(first);
        }

        // The folder of the one set back to the epoch before: nobody else can be there.
        await UntilOfflineAsync(hub, agent);
        using (var restored = await agent.OpenAsync(hello => (hello.LastEpoch, hello.PlaceId) = (1, Here)))
        {
            await ConfirmAsync(restored);
        }

        await UntilOfflineAsync(hub, agent);
        using var second = await agent.ConnectAsync(hello => (hello.LastEpoch, hello.PlaceId) = (1, There));
        Assert.Equal(StatusCode.AlreadyExists, await second.EndAsync());
        Assert.Equal(HostStatus.Duplicate, (await hub.HostAsync(agent.Id)).Status);
    }

    [Fact]
    public async Task A_session_that_was_not_confirmed_leaves_the_epoch_before_it_in_force()
    {
        await using var hub = await RunningHub.StartAsync();
        var agent = await hub.JoinAsync("web-01");
        using (var kept = await agent.OpenAsync())
        {
            await ConfirmAsync(kept);
        }

        for (var time = 0; time < 3; time++)
        {
            // Its Welcome is lost, or what it says after it.
            await UntilOfflineAsync(hub, agent);
            using var again = await agent.OpenAsync(hello => (hello.LastEpoch, hello.PlaceId) = (1, time % 2 == 0 ? Here : There));
        }

        await UntilOfflineAsync(hub, agent);
        using var stays = await agent.OpenAsync(hello => (hello.LastEpoch, hello.PlaceId) = (1, There));
        Assert.Equal(5, stays.Welcome.SessionEpoch);
    }

    [Fact]
    public async Task A_connection_that_is_dead_and_not_noticed_delays_the_hello_by_two_seconds_at_most_and_a_broken_one_not_at_all()
    {
        await using var hub = await RunningHub.StartAsync();
        var agent = await hub.JoinAsync("web-01");
        var dead = new List<TestStream> { await agent.OpenAsync(), await agent.ConnectAsync(), await agent.ConnectAsync(), await agent.ConnectAsync() };
        var watch = Stopwatch.StartNew();
        using (var stream = await agent.OpenAsync())
        {
            Assert.InRange(watch.Elapsed, NotWaited, LongestWait);
            Assert.Equal(HostStatus.Online, (await hub.HostAsync(agent.Id)).Status);
            dead.ForEach(old => old.Dispose());
        }

        await UntilOfflineAsync(hub, agent);
        watch.Restart();
        using var quick = await agent.OpenAsync();
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, NotWaited);

        // And one that breaks while it is asked.
        var slow = agent.OpenAsync();
        await quick.NextAsync(Wire.HubMessage.KindOneofCase.Probe);
        watch.Restart();
        quick.Dispose();
        using var last = await slow;
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, NotWaited);
        Assert.Empty(hub.Log.Errors);
    }

    [Fact]
    public async Task A_hello_that_is_overtaken_by_the_next_of_the_same_agent_asks_not_that_one_whether_it_lives()
    {
        await using var hub = await RunningHub.StartAsync();
        var agent = await hub.JoinAsync("web-01");

        // Given up when its challenge was there; its hello comes to the hub all the same, after the next one.
        using var given = new TestStream(agent.Client.Connect());
        var challenge = (await given.NextAsync()).Challenge;
        using var next = await agent.OpenAsync();
        await given.SendAsync(new Wire.AgentMessage { Hello = AgentKey.Sign(agent.Key, agent.Hello(), challenge) });
        Assert.NotNull((await given.NextAsync()).Probe);
        Assert.Equal(StatusCode.Aborted, await given.EndAsync());
        await next.SendAsync(new Wire.AgentMessage { Heartbeat = new Wire.Heartbeat { AgentTimeMs = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() } });
        Assert.NotNull((await next.NextAsync()).HeartbeatReply);
        Assert.Equal(HostStatus.Online, (await hub.HostAsync(agent.Id)).Status);
    }

    [Fact]
    public async Task One_that_lives_and_says_hello_late_is_found_too()
    {
        await using var hub = await RunningHub.StartAsync();
        var agent = await hub.JoinAsync("web-01");
        using var slow = new TestStream(agent.Client.Connect());
        var challenge = (await slow.NextAsync()).Challenge;
        using var quick = await agent.OpenAsync();
        await slow.SendAsync(new Wire.AgentMessage { Hello = AgentKey.Sign(agent.Key, agent.Hello(), challenge) });
        await slow.AnswerProbeAsync();
        Assert.Equal((StatusCode.AlreadyExists, StatusCode.AlreadyExists), (await slow.EndAsync(), await quick.EndAsync()));
    }

    [Fact]
    public async Task A_probe_is_written_ahead_of_what_waits_and_an_agent_that_waits_for_its_Welcome_is_asked_too()
    {
        await using var hub = await RunningHub.StartAsync();
        var agent = await hub.JoinAsync("web-01");
        TestStream first, second;
        var locked = await hub.LockStoreAsync();
        await using (locked)
        {
            // Its hello cannot be committed now: neither has been welcomed.
            first = await agent.ConnectAsync();
            await Eventually.TrueAsync(() => hub.Sessions.Count == 1, Soon, "the first has its place");
            second = await agent.ConnectAsync();
            Assert.NotNull((await first.NextAsync()).Probe);
        }

        first.Dispose();
        second.Dispose();
    }

    [Fact]
    public async Task Honest_agents_are_never_taken_for_two()
    {
        const int Agents = 48;
        var seed = Environment.TickCount;
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        await using var hub = await RunningHub.StartAsync(null, ("AgentHub:EnrolmentsPerMinutePerAddress", "100000"));
        await Task.WhenAll(Enumerable.Range(0, Agents).Select(async number =>
        {
            var course = new HonestCourse(await hub.JoinAsync($"web-{number:00}"), new Random(seed + number));
            await course.GoAsync(14);
        }));
        Assert.Empty(await ListAsync(hub, HostStatus.Duplicate));
        Assert.Empty(hub.Log.Errors);
    }

    [Fact]
    public async Task Two_copies_that_live_are_always_found_and_nothing_runs_twice_before_or_after()
    {
        const int Hosts = 24;
        var seed = Environment.TickCount;
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        await using var hub = await RunningHub.StartAsync(null, ("AgentHub:EnrolmentsPerMinutePerAddress", "100000"), ("Dispatch:AgentLostGraceSeconds", "20"));
        await Task.WhenAll(Enumerable.Range(0, Hosts).Select(number => TwoCopiesAsync(hub, $"web-{number:00}", new Random(seed + number))));
    }

    /// <summary>An agent, a copy of its disk at some moment, breaks of either at any moment, tasks throughout; then an operator decides for one of the two.</summary>
    private static async Task TwoCopiesAsync(RunningHub hub, string name, Random random)
    {
        var joined = await hub.JoinAsync(name);
        ConcurrentQueue<Guid> starts = new();
        DiskAgent Process(AgentDisk on) => new DiskAgent(hub.Client(), name, on, () => TimeSpan.FromMilliseconds(random.NextInt(1_500)), key => starts.Enqueue(new Guid(key.CommandHostId.Span, bigEndian: true))).Start();

        await using var original = Process(new AgentDisk { Key = joined.Key, AgentId = joined.Id });
        List<Guid> tasks = [];
        if (random.NextInt(4) > 0)
        {
            await Eventually.TrueAsync(() => original.Epoch > 0, Soon, "the original is welcome");
        }

        for (var time = random.NextInt(4); time > 0; time--)
        {
            tasks.Add(await StartAsync(hub, joined.Id, retries: 3));
            await Task.Delay(random.NextInt(400), Token);
        }

        var disk = original.Disk.Copy();
        for (var time = random.NextInt(3); time > 0; time--)
        {
            tasks.Add(await StartAsync(hub, joined.Id, retries: 3));
            await Task.Delay(random.NextInt(400), Token);
            if (random.NextInt(2) == 0)
            {
                original.Break();
            }
        }

        if (random.NextInt(2) == 0)
        {
            // So that the copy may find nobody there.
            original.Break();
            await Task.Delay(random.NextInt(100), Token);
        }

        await using (var copy = Process(disk))
        {
            var begun = Stopwatch.StartNew();
            while ((await hub.HostAsync(joined.Id)).Status != HostStatus.Duplicate)
            {
                Assert.True(begun.Elapsed < TimeSpan.FromSeconds(60), $"{name}: two agents were not found");
                if (random.NextInt(6) == 0)
                {
                    (random.NextInt(2) == 0 ? original : copy).Break();
                }

                if (random.NextInt(4) == 0 && tasks.Count < 8)
                {
                    tasks.Add(await StartAsync(hub, joined.Id, retries: 3));
                }

                await Task.Delay(50 + random.NextInt(150), Token);
            }

            await Eventually.TrueAsync(() => original.Refused > 0 && copy.Refused > 0, Soon, $"{name}: both are refused");
            if (random.NextInt(2) == 0)
            {
                // The copy goes; else the original does, and the copy takes the host.
                await copy.DisposeAsync();
            }
            else
            {
                await original.DisposeAsync();
            }

            await hub.Hosts.ApproveAsync(joined.Id, (await hub.HostAsync(joined.Id)).Fingerprint, RunningHub.Person, Token);
            await Eventually.TrueAsync(async () => (await hub.HostAsync(joined.Id)).Status == HostStatus.Online, Soon, $"{name}: online again");
            tasks.Add(await StartAsync(hub, joined.Id, retries: 3));
            await Eventually.TrueAsync(async () => (await hub.CommandHostAsync(tasks[^1])).Status == CommandHostStatus.Succeeded, TimeSpan.FromSeconds(40), $"{name}: what is new runs");
            foreach (var task in tasks)
            {
                await Eventually.TrueAsync(async () => (await hub.CommandHostAsync(task)).Status.IsTerminal(), TimeSpan.FromSeconds(60), $"{name}: {task} ends");
            }

            Assert.Equal(HostStatus.Online, (await hub.HostAsync(joined.Id)).Status);
        }

        foreach (var task in tasks)
        {
            var row = await hub.CommandHostAsync(task);
            var ran = starts.Count(id => id == row.Id);
            Assert.True(ran <= 1, $"{name}: {row.Id} started {ran} times");
            Assert.True(row.Status != CommandHostStatus.Succeeded || ran == 1, $"{name}: {row.Id} succeeded and started {ran} times");
            Assert.True(row.Attempt == 1, $"{name}: {row.Id} was tried again");
        }
    }

    private static async Task<Guid> StartAsync(RunningHub hub, Guid hostId, int retries)
    {
        var answer = await hub.Services.GetRequiredService<TaskService>().CreateAsync(
            new TaskSpec
            {
                Name = "a task",
                Commands = [new CommandSpec { Script = "echo", Retries = retries }],
                Targets = new TargetSpec { HostIds = [hostId] },
                OfflineHosts = OfflineHosts.Wait,
                WaitSeconds = 60,
                Start = true,
            },
            RunningHub.Person,
            idempotency: null,
            Token);
        return answer.Value.Id;
    }

    private static Wire.JournalEntry Ended(Wire.AttemptKey key) => new()
    {
        Key = key,
        State = Wire.JournalEntry.Types.State.Ended,
        JournalSequence = 1,
        StartedAtMs = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds(),
        Outcome = Wire.Outcome.Exited,
    };

    /// <summary>Confirms the epoch; the hub has taken it when it answers what was said behind it.</summary>
    private static async Task ConfirmAsync(TestStream stream)
    {
        await stream.SendAsync(new Wire.AgentMessage { EpochKept = new Wire.EpochKept { SessionEpoch = stream.Welcome.SessionEpoch } });
        await stream.SendAsync(new Wire.AgentMessage { Heartbeat = new Wire.Heartbeat { AgentTimeMs = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() } });
        await stream.NextAsync(Wire.HubMessage.KindOneofCase.HeartbeatReply);
    }

    private static Task UntilOfflineAsync(RunningHub hub, TestAgent agent) =>
        Eventually.TrueAsync(async () => (await hub.HostAsync(agent.Id)).Status == HostStatus.Offline, Soon, "offline");

    private static async Task<IReadOnlyList<HostView>> ListAsync(RunningHub hub, HostStatus status) =>
        (await hub.Hosts.ListAsync(new HostFilter { Status = status }, new PageRequest(1, 500), RunningHub.Person, Token)).Value.Items;
}

/// <summary>
/// What can happen to one honest agent: breaks, connections that are dead and not noticed, restarts of agent and machine, a
/// Welcome or a confirmation that is lost, a folder that is set back to an earlier state, and returns in quick succession.
/// At most one process of it lives, which answers.
/// </summary>
internal sealed class HonestCourse(TestAgent agent, Random random)
{
    private readonly List<TestStream> _dead = [];
    private ByteString _place = NewPlace(random);
    private long? _kept;

    /// <summary>Machine or folder changed since the last Welcome: both together are what a copy looks like.</summary>
    private bool _changed;

    public async Task GoAsync(int steps)
    {
        TestStream? stream = null;
        for (var step = 0; step < steps; step++)
        {
            if (stream is not null)
            {
                await LeaveAsync(stream);
            }

            for (var quick = random.NextInt(4) == 0 ? random.NextInt(8) : 0; quick > 0; quick--)
            {
                await LeaveAsync(await agent.ConnectAsync(Tell));
            }

            stream = random.NextInt(5) switch
            {
                // The Welcome does not reach it.
                0 => await agent.ConnectAsync(Tell),
                _ => await agent.OpenAsync(Tell),
            };
            if (stream.Welcome.SessionEpoch > 0)
            {
                _kept = stream.Welcome.SessionEpoch;
                _changed = false;

                // The confirmation may be lost, with the connection or before it.
                if (random.NextInt(4) > 0)
                {
                    await stream.SendAsync(new Wire.AgentMessage { EpochKept = new Wire.EpochKept { SessionEpoch = stream.Welcome.SessionEpoch } });
                }
            }
        }

        stream?.Dispose();
        _dead.ForEach(dead => dead.Dispose());
    }

    private void Tell(Wire.Hello hello)
    {
        hello.PlaceId = _place;
        if (_kept is { } kept)
        {
            hello.LastEpoch = kept;
        }
    }

    /// <summary>Its process lets go of this stream: it answers nothing there any more.</summary>
    private async Task LeaveAsync(TestStream stream)
    {
        switch (random.NextInt(4))
        {
            case 0:
                // Dead, and the hub does not notice.
                _dead.Add(stream);
                break;
            case 1:
                await stream.CompleteAsync();
                _dead.Add(stream);
                break;
            default:
                stream.Dispose();
                break;
        }

        switch (random.NextInt(8))
        {
            case 0 when !_changed:
                // The machine was restarted.
                _place = NewPlace(random);
                _changed = true;
                break;
            case 1 when _kept > 1 && !_changed:
                // The folder was restored while the agent was down.
                _kept = 1 + random.NextInt((int)_kept.Value - 1);
                _changed = true;
                break;
        }

        await Task.Delay(random.NextInt(60), TestContext.Current.CancellationToken);
    }

    private static ByteString NewPlace(Random random)
    {
        var id = new byte[16];
        lock (random)
        {
            random.NextBytes(id);
        }

        return ByteString.CopyFrom(id);
    }
}

/// <summary>One source of numbers, shared by what runs at the same time.</summary>
internal static class Dice
{
    public static int NextInt(this Random random, int below)
    {
        lock (random)
        {
            return random.Next(below);
        }
    }
}
