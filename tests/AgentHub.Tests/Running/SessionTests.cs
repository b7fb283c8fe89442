using System.Collections.Concurrent;
using System.Diagnostics;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using TaskConsole.Core.Acts;
using TaskConsole.Core.Dispatch;
using TaskConsole.Core.Hosts;
using TaskConsole.Core.Results;
using TaskConsole.Core.Tasks;
using Wire = TaskConsole.Protocol.V1;

namespace TaskConsole.AgentHub.Tests.Running;

public sealed class SessionTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);

    private static long Now => TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();

    [Fact]
    public async Task A_task_runs_and_everything_about_it_is_acknowledged()
    {
        await using var hub = await RunningHub.StartAsync();
        var agent = await hub.JoinAsync("web-01");
        using var stream = await agent.OpenAsync();
        var task = await hub.StartTaskAsync("echo hello", new Dictionary<string, string> { ["P"] = "v" }, agent);

        var execute = (await stream.NextAsync(Wire.HubMessage.KindOneofCase.Execute)).Execute;
        Assert.Equal("echo hello", execute.Payload.Script.ToStringUtf8());
        Assert.Equal("v", execute.Payload.Environment["P"]);
        Assert.Equal(task.Id.ToByteArray(bigEndian: true), execute.TaskId.ToByteArray());
        Assert.InRange(execute.NotAfterMs - Now, 1_000, 600_000);

        await stream.SendAsync(new Wire.AgentMessage { Started = new Wire.Started { Key = execute.Key, JournalSequence = 1, ClaimedAtMs = Now, StartedAtMs = Now, Pid = 4 } });
        await Eventually.TrueAsync(async () => (await hub.CommandHostAsync(task.Id)).Status == CommandHostStatus.Running, Soon, "running");
        await stream.SendAsync(Frame(execute.Key, 0, "hello\n"u8));
        var output = (await stream.NextAsync(Wire.HubMessage.KindOneofCase.Acknowledge)).Acknowledge;
        Assert.Equal((Wire.OutputStream.Stdout, 6L), (output.Output.Stream, output.Output.Offset));

        await stream.SendAsync(Finished(execute.Key, 6));
        var end = (await stream.NextAsync(Wire.HubMessage.KindOneofCase.Acknowledge)).Acknowledge;
        Assert.True(end.End);
        Assert.Equal(execute.Key, end.Key);
        var row = await hub.CommandHostAsync(task.Id);
        Assert.Equal((CommandHostStatus.Succeeded, 0, 6L), (row.Status, row.ExitCode, row.StdoutBytes));
    }

    [Fact]
    public async Task What_is_left_in_the_background_is_ended_by_the_session_of_its_host_and_acknowledged_once_it_is_stored()
    {
        await using var hub = await RunningHub.StartAsync();
        var (agent, other) = (await hub.JoinAsync("web-01"), await hub.JoinAsync("web-02"));
        using var elsewhere = await other.OpenAsync();
        using var stream = await agent.OpenAsync();
        var task = await hub.StartTaskAsync("daemon &", null, agent);
        var key = (await stream.NextAsync(Wire.HubMessage.KindOneofCase.Execute)).Execute.Key;
        var finished = Finished(key, 0);
        finished.Finished.Background = 1;
        await stream.SendAsync(finished);
        Assert.True((await stream.NextAsync(Wire.HubMessage.KindOneofCase.Acknowledge)).Acknowledge.End);
        var row = await hub.CommandHostAsync(task.Id);
        Assert.Equal(1, row.LeftInBackground);

        var person = new Actor(ActorKind.Person, Guid.CreateVersion7(), "operator");
        Assert.Null((await hub.Services.GetRequiredService<TaskService>().EndBackgroundAsync(row.Id, person, null, TestContext.Current.CancellationToken)).Problem);
        var end = (await stream.NextAsync(Wire.HubMessage.KindOneofCase.EndBackground)).EndBackground;
        Assert.Equal((key, 5_000), (end.Key, end.KillGraceMs));

        var ended = new Wire.AgentMessage { BackgroundEnded = new Wire.BackgroundEnded { Key = key, EndedAtMs = Now, DroppedBytes = 7, Killed = 1 } };
        var unknown = new Wire.AttemptKey { CommandHostId = ByteString.CopyFrom(Guid.CreateVersion7().ToByteArray(bigEndian: true)), Attempt = 1 };
        for (var said = 0; said < 2; said++)
        {
            await stream.SendAsync(ended);
            var acknowledged = (await stream.NextAsync(Wire.HubMessage.KindOneofCase.Acknowledge)).Acknowledge;
            Assert.Equal((key, true), (acknowledged.Key, acknowledged.Background));
            Assert.Equal(0, (await hub.CommandHostAsync(task.Id)).LeftInBackground);
        }

        // The first word of the other stream is the acknowledgement of what nobody knows.
        await elsewhere.SendAsync(new Wire.AgentMessage { BackgroundEnded = new Wire.BackgroundEnded { Key = unknown, EndedAtMs = Now } });
        var first = (await elsewhere.NextAsync()).Acknowledge;
        Assert.Equal((unknown, true), (first?.Key, first?.Background));

        stream.Dispose();
        var gateway = hub.Services.GetRequiredService<IAgentGateway>();
        await Eventually.TrueAsync(() => Task.FromResult(!gateway.IsConnected(agent.Id)), Soon, "gone");
        Assert.False(gateway.TryEndBackground(new EndBackgroundOrder(new AttemptKey(row.Id, 1), agent.Id, TimeSpan.Zero)));
    }

    [Fact]
    public async Task A_gap_is_asked_for_again()
    {
        await using var hub = await RunningHub.StartAsync();
        var agent = await hub.JoinAsync("web-01");
        using var stream = await agent.OpenAsync();
        await hub.StartTaskAsync("echo", null, agent);
        var key = (await stream.NextAsync(Wire.HubMessage.KindOneofCase.Execute)).Execute.Key;
        await stream.SendAsync(Frame(key, 6, "world\n"u8));
        var resend = (await stream.NextAsync(Wire.HubMessage.KindOneofCase.Resend)).Resend;
        Assert.Equal((Wire.OutputStream.Stdout, 0L), (resend.Stream, resend.Offset));
        await stream.SendAsync(Frame(key, 0, "hello\n"u8));
        await stream.SendAsync(Frame(key, 6, "world\n"u8));
        while ((await stream.NextAsync(Wire.HubMessage.KindOneofCase.Acknowledge)).Acknowledge.Output.Offset < 12)
        {
        }
    }

    [Fact]
    public async Task A_large_payload_travels_in_parts()
    {
        await using var hub = await RunningHub.StartAsync();
        var agent = await hub.JoinAsync("web-01");
        using var stream = await agent.OpenAsync();
        var parameters = Enumerable.Range(0, 9).ToDictionary(i => $"P{i}", i => new string((char)('a' + i), 100_000), StringComparer.Ordinal);
        await hub.StartTaskAsync("true", parameters, agent);
        List<byte> bytes = [];
        Wire.HubMessage message;
        while ((message = await stream.NextAsync()).Execute is null)
        {
            bytes.AddRange(message.ExecutePart.Data);
        }

        Assert.Equal(2u, message.Execute.PayloadParts);
        Assert.Equal(parameters.OrderBy(p => p.Key), Wire.Payload.Parser.ParseFrom([.. bytes]).Environment.OrderBy(p => p.Key));
    }

    [Fact]
    public async Task No_log_at_any_level_shows_scripts_parameters_or_secrets()
    {
        await using var hub = await RunningHub.StartAsync(null, ("LogLevel", "Trace"));
        var agent = await hub.JoinAsync("web-01");
        using var stream = await agent.OpenAsync();
        await hub.StartTaskAsync("echo quiet-script", new Dictionary<string, string> { ["P"] = "quiet-parameter" }, new Dictionary<string, string> { ["S"] = "quiet-secret" }, [agent]);
        var execute = (await stream.NextAsync(Wire.HubMessage.KindOneofCase.Execute)).Execute;
        Assert.Equal("quiet-secret", execute.Payload.Secrets["S"]);
        await stream.SendAsync(Frame(execute.Key, 0, "quiet-output"u8));
        await stream.SendAsync(Finished(execute.Key, 12));
        await stream.NextAsync(Wire.HubMessage.KindOneofCase.Acknowledge);
        Assert.Contains(hub.Log.Lines, line => line.Contains("/Connect", StringComparison.Ordinal));
        Assert.DoesNotContain(hub.Log.Lines, line => line.Contains("quiet-", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_cancel_reaches_the_agent()
    {
        await using var hub = await RunningHub.StartAsync();
        var agent = await hub.JoinAsync("web-01");
        using var stream = await agent.OpenAsync();
        var task = await hub.StartTaskAsync("sleep 60", null, agent);
        var key = (await stream.NextAsync(Wire.HubMessage.KindOneofCase.Execute)).Execute.Key;
        await stream.SendAsync(new Wire.AgentMessage { Started = new Wire.Started { Key = key, JournalSequence = 1, ClaimedAtMs = Now, StartedAtMs = Now } });
        await Eventually.TrueAsync(async () => (await hub.CommandHostAsync(task.Id)).Status == CommandHostStatus.Running, Soon, "running");
        (await hub.Services.GetRequiredService<TaskService>().CancelAsync(task.Id, null, RunningHub.Person, TestContext.Current.CancellationToken)).TryGet(out _, out var problem);
        Assert.Null(problem);
        var cancel = (await stream.NextAsync(Wire.HubMessage.KindOneofCase.Cancel)).Cancel;
        Assert.Equal((key, Wire.CancelReason.User, 5_000), (cancel.Key, cancel.Reason, cancel.KillGraceMs));
    }

    [Fact]
    public async Task What_an_agent_says_about_the_attempt_of_another_host_changes_nothing()
    {
        await using var hub = await RunningHub.StartAsync();
        var owner = await hub.JoinAsync("web-01");
        var liar = await hub.JoinAsync("web-02");
        using var ownerStream = await owner.OpenAsync();
        using var liarStream = await liar.OpenAsync();
        var task = await hub.StartTaskAsync("echo", null, owner);
        var key = (await ownerStream.NextAsync(Wire.HubMessage.KindOneofCase.Execute)).Execute.Key;
        await Eventually.TrueAsync(async () => (await hub.CommandHostAsync(task.Id)).Status == CommandHostStatus.Dispatched, Soon, "dispatched");
        var before = await hub.DumpAsync();

        await liarStream.SendAsync(new Wire.AgentMessage { Started = new Wire.Started { Key = key, JournalSequence = 1, ClaimedAtMs = Now, StartedAtMs = Now } });
        await liarStream.SendAsync(Frame(key, 0, "lies\n"u8));
        await liarStream.SendAsync(Finished(key, 5));
        await Eventually.TrueAsync(() => Refusals() >= 3, Soon, "three refusals in the log");
        Assert.Equal(before, await hub.DumpAsync());

        // The owner's word still counts.
        await ownerStream.SendAsync(Finished(key, 0));
        await ownerStream.NextAsync(Wire.HubMessage.KindOneofCase.Acknowledge);
        Assert.Equal(CommandHostStatus.Succeeded, (await hub.CommandHostAsync(task.Id)).Status);
        Assert.Equal(3, Refusals());

        int Refusals() => hub.Log.Of(LogLevel.Warning).Count(line => line.Contains("another host", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_newer_session_replaces_the_older_and_the_host_stays_online()
    {
        await using var hub = await RunningHub.StartAsync();
        var agent = await hub.JoinAsync("web-01");
        using var older = await agent.OpenAsync();
        using var newer = await agent.OpenAsync();
        Assert.Equal(StatusCode.Aborted, await older.EndAsync());
        Assert.Equal(2, newer.Welcome.SessionEpoch);
        await Eventually.TrueAsync(() => hub.Sessions.Running == 1, Soon, "the older wound up");
        Assert.Equal(HostStatus.Online, (await hub.HostAsync(agent.Id)).Status);

        await hub.StartTaskAsync("echo", null, agent);
        Assert.NotNull((await newer.NextAsync(Wire.HubMessage.KindOneofCase.Execute)).Execute);
    }

    [Fact]
    public async Task Many_streams_of_one_agent_at_once_leave_one_session_online()
    {
        await using var hub = await RunningHub.StartAsync();
        var agent = await hub.JoinAsync("web-01");
        var streams = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => agent.ConnectAsync()));
        var executes = new ConcurrentQueue<Wire.Execute>();
        var ends = streams.Select(ReadAsync).ToList();
        await Eventually.TrueAsync(() => ends.Count(end => end.IsCompleted) == 19 && hub.Sessions.Running == 1, Soon, "all but one replaced");
        Assert.Equal(HostStatus.Online, (await hub.HostAsync(agent.Id)).Status);
        await hub.StartTaskAsync("echo", null, agent);
        await Eventually.TrueAsync(() => !executes.IsEmpty, Soon, "delivered");
        Assert.Equal(1, ends.Count(end => !end.IsCompleted));
        Array.ForEach(streams, stream => stream.Dispose());
        await Task.WhenAll(ends);
        Assert.Single(executes);

        async Task ReadAsync(TestStream stream)
        {
            try
            {
                while (true)
                {
                    if ((await stream.NextAsync()).Execute is { } execute)
                    {
                        executes.Enqueue(execute);
                    }
                }
            }
            catch (RpcException)
            {
                // Replaced, or disposed at the end.
            }
        }
    }

    [Fact]
    public async Task A_broken_stream_shows_offline_within_a_second()
    {
        await using var hub = await RunningHub.StartAsync();
        var agent = await hub.JoinAsync("web-01");
        var stream = await agent.OpenAsync();
        Assert.Equal(HostStatus.Online, (await hub.HostAsync(agent.Id)).Status);
        var watch = Stopwatch.StartNew();
        stream.Dispose();
        await Eventually.TrueAsync(async () => (await hub.HostAsync(agent.Id)).Status == HostStatus.Offline, TimeSpan.FromSeconds(1), "offline");
        TestContext.Current.TestOutputHelper?.WriteLine($"offline after {watch.ElapsedMilliseconds} ms");
    }

    [Fact]
    public async Task Agents_that_vanish_at_any_moment_leave_no_error_in_the_log()
    {
        await using var hub = await RunningHub.StartAsync();
        var agent = await hub.JoinAsync("web-01");
        for (var i = 0; i < 20; i++)
        {
            new TestStream(agent.Client.Connect()).Dispose();
            using (var early = new TestStream(agent.Client.Connect()))
            {
                await early.NextAsync();
            }

            (await agent.ConnectAsync()).Dispose();
            (await agent.OpenAsync()).Dispose();
        }

        await Eventually.TrueAsync(() => hub.Sessions.Running == 0, Soon, "all wound up");
        await Eventually.TrueAsync(async () => (await hub.HostAsync(agent.Id)).Status == HostStatus.Offline, Soon, "offline");
        Assert.Empty(hub.Log.Errors);
    }

    [Fact]
    public async Task A_message_over_a_mebibyte_is_refused()
    {
        await using var hub = await RunningHub.StartAsync();
        var agent = await hub.JoinAsync("web-01");
        using var stream = await agent.OpenAsync();

        // The hub may hang up while the rest is still being written.
        await Record.ExceptionAsync(() => stream.SendAsync(new Wire.AgentMessage { Finished = new Wire.Finished { Details = { new Wire.Detail { Code = new string('x', 1024 * 1024) } } } }));
        Assert.Equal(StatusCode.ResourceExhausted, await stream.EndAsync());

        var enrol = AgentKey.Enrol(agent.Key, "web-01", RunningHub.JoinToken, TimeProvider.System.GetUtcNow());
        enrol.JoinToken = new string('x', 1024 * 1024);
        Assert.Equal(StatusCode.ResourceExhausted, (await Assert.ThrowsAsync<RpcException>(() => agent.Client.EnrolAsync(enrol))).StatusCode);
    }

    [Fact]
    public async Task A_compressed_message_is_refused_before_it_is_unpacked()
    {
        await using var hub = await RunningHub.StartAsync();
        using var key = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
        var enrol = AgentKey.Enrol(key, "web-01", RunningHub.JoinToken, TimeProvider.System.GetUtcNow());
        var gzip = new CallOptions(new Metadata { { "grpc-internal-encoding-request", "gzip" } }, cancellationToken: TestContext.Current.CancellationToken);
        var refusal = await Assert.ThrowsAsync<RpcException>(() => hub.Client().EnrolAsync(enrol, gzip));
        Assert.Equal(StatusCode.Unimplemented, refusal.StatusCode);
    }

    [Fact]
    public async Task Fields_and_kinds_that_the_hub_does_not_know_are_ignored_and_a_kind_is_logged()
    {
        await using var hub = await RunningHub.StartAsync(null, ("LogLevel", "Debug"));
        var agent = await hub.JoinAsync("web-01");
        using var stream = await agent.OpenAsync();

        // Field 99, as a kind of its own and beside a heartbeat.
        byte[] unknown = [0x9a, 0x06, 0x03, 1, 2, 3];
        await stream.SendAsync(unknown);
        await stream.SendAsync([.. new Wire.AgentMessage { Heartbeat = new Wire.Heartbeat { AgentTimeMs = Now } }.ToByteArray(), .. unknown]);
        Assert.NotNull(await stream.NextAsync(Wire.HubMessage.KindOneofCase.HeartbeatReply));
        Assert.Single(hub.Log.OfHub(LogLevel.Debug), line => line.Contains("of a kind that this hub does not know", StringComparison.Ordinal));

        // Within the messages about an attempt, and in the hello, they do no harm either.
        var task = await hub.StartTaskAsync("echo", null, agent);
        var key = (await stream.NextAsync(Wire.HubMessage.KindOneofCase.Execute)).Execute.Key;
        var finished = Wire.Finished.Parser.ParseFrom([.. Finished(key, 0).Finished.ToByteArray(), .. unknown]);
        await stream.SendAsync(new Wire.AgentMessage { Finished = finished });
        await stream.NextAsync(Wire.HubMessage.KindOneofCase.Acknowledge);
        Assert.Equal(CommandHostStatus.Succeeded, (await hub.CommandHostAsync(task.Id)).Status);
        using var again = await agent.OpenAsync(hello => hello.MergeFrom(unknown));
        Assert.Equal(2, again.Welcome.SessionEpoch);
    }

    [Fact]
    public async Task A_few_malformed_messages_are_dropped_and_many_end_the_session()
    {
        await using var hub = await RunningHub.StartAsync();
        var agent = await hub.JoinAsync("web-01");
        using var stream = await agent.OpenAsync();
        var malformed = new Wire.AgentMessage { Output = new Wire.OutputFrame { Offset = -1 } };
        for (var i = 0; i < 50; i++)
        {
            await stream.SendAsync(malformed);
        }

        await stream.SendAsync(new Wire.AgentMessage { Heartbeat = new Wire.Heartbeat { AgentTimeMs = Now } });
        await stream.NextAsync(Wire.HubMessage.KindOneofCase.HeartbeatReply);
        for (var i = 0; i < 50; i++)
        {
            await stream.SendAsync(malformed);
        }

        Assert.Equal(StatusCode.InvalidArgument, await stream.EndAsync());
        Assert.Equal(
            [$"Dropped a message of web-01 ({agent.Id}) that breaks the contract: data of Output cannot be true"],
            hub.Log.Lines.Where(line => line.StartsWith("Dropped", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Numbers_of_a_heartbeat_that_cannot_be_true_are_told_once_and_the_session_goes_on()
    {
        await using var hub = await RunningHub.StartAsync();
        var agent = await hub.JoinAsync("web-01");
        using var stream = await agent.OpenAsync();
        foreach (var _ in Enumerable.Range(0, 3))
        {
            await stream.SendAsync(new Wire.AgentMessage { Heartbeat = new Wire.Heartbeat { AgentTimeMs = Now, JournalSequence = ulong.MaxValue } });
            await stream.SendAsync(new Wire.AgentMessage { Heartbeat = new Wire.Heartbeat { AgentTimeMs = long.MinValue } });
        }

        var load = new Wire.HostLoad { Cpu = double.NaN, Memory = double.PositiveInfinity, Load1 = double.MaxValue, DiskFreeBytes = long.MinValue, Running = int.MinValue };
        await stream.SendAsync(new Wire.AgentMessage { Heartbeat = new Wire.Heartbeat { AgentTimeMs = Now, Load = load } });
        await stream.NextAsync(Wire.HubMessage.KindOneofCase.HeartbeatReply);
        Assert.Equal(new HostLoad(0, 0, 1_000_000, 0, 0), (await hub.HostAsync(agent.Id)).Load);
        Assert.Equal(
            [
                $"Dropped a message of web-01 ({agent.Id}) that breaks the contract: journal_sequence of Heartbeat cannot be true",
                $"Dropped a message of web-01 ({agent.Id}) that breaks the contract: agent_time_ms of Heartbeat cannot be true",
            ],
            hub.Log.Lines.Where(line => line.StartsWith("Dropped", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Stopping_drains_every_agent_and_ends_its_stream()
    {
        await using var hub = await RunningHub.StartAsync();
        var streams = await Task.WhenAll(Enumerable.Range(1, 20).Select(async i => await (await hub.JoinAsync($"web-{i:00}")).OpenAsync()));
        var ends = streams.Select(async stream =>
        {
            Assert.NotNull((await stream.NextAsync(Wire.HubMessage.KindOneofCase.Drain)).Drain);
            return await stream.EndAsync();
        }).ToList();
        await hub.StopAsync();

        // On a busy machine the connection may close before the last frame was read: both make an agent come back.
        Assert.All(await Task.WhenAll(ends), status => Assert.True(status is StatusCode.Unavailable or StatusCode.Internal, $"{status}"));
        Array.ForEach(streams, stream => stream.Dispose());
    }

    [Fact]
    public async Task Nothing_is_delivered_to_a_host_without_a_session()
    {
        await using var hub = await RunningHub.StartAsync();
        var gateway = hub.Services.GetRequiredService<IAgentGateway>();
        Assert.False(gateway.TryCancel(new CancelOrder(new AttemptKey(Guid.CreateVersion7(), 1), Guid.CreateVersion7(), CancelCause.User, TimeSpan.Zero)));
        gateway.Disconnect(Guid.CreateVersion7());
    }

    internal static Wire.AgentMessage Frame(Wire.AttemptKey key, long offset, ReadOnlySpan<byte> data) =>
        new() { Output = new Wire.OutputFrame { Key = key, Stream = Wire.OutputStream.Stdout, Offset = offset, Data = ByteString.CopyFrom(data), Order = offset + 1 } };

    internal static Wire.AgentMessage Finished(Wire.AttemptKey key, long bytes) => new()
    {
        Finished = new Wire.Finished
        {
            Key = key,
            JournalSequence = 2,
            Outcome = Wire.Outcome.Exited,
            ClaimedAtMs = Now,
            StartedAtMs = Now,
            FinishedAtMs = Now,
            DurationMs = 5,
            StdoutBytes = bytes,
        },
    };
}
