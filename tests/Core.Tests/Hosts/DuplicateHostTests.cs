using System.Security.Cryptography;
using TaskConsole.Core.Dispatch.Deadlines;
using TaskConsole.Core.Hosts;
using TaskConsole.Core.Problems;
using TaskConsole.Core.Results;
using TaskConsole.Core.Tasks;
using TaskConsole.Core.Tests.Persistence;

namespace TaskConsole.Core.Tests.Hosts;

/// <summary>What the store makes of two agents with one key.</summary>
public abstract class DuplicateHostTests(TestDatabase database) : EngineTests(database)
{
    private static readonly byte[] Here = new byte[16];
    private static readonly byte[] There = [.. Enumerable.Repeat((byte)1, 16)];

    // The hub's own start counts five seconds later.
    private static readonly TimeSpan GraceFromStart = TimeSpan.FromSeconds(126);

    [Fact]
    public async Task What_they_say_counts_no_more_and_what_was_sent_waits_for_the_grace_and_is_lost()
    {
        var agent = await Engine.AddHostAsync("web-1");
        var task = await DispatchedAsync(agent, retries: 3);
        var key = await KeyAsync(task);
        await agent.StartedAsync(key);
        await Engine.FlushAsync();
        var answer = await Engine.Sessions.MarkDuplicateAsync(agent.HostId, agent.Epoch, Engine.Time.GetUtcNow(), "192.0.2.1", "192.0.2.2", Cancel);
        Assert.Equal(new HelloAnswer.Duplicate("192.0.2.1", "192.0.2.2"), answer);
        await agent.FinishedAsync(key);
        await Engine.FlushAsync();
        Assert.Equal((CommandHostStatus.Unreachable, null, 1), await RowAsync(task));

        // The stream of the session that was open ends behind it, and changes nothing.
        await agent.ByeAsync();
        var host = (await Engine.Hosts.GetAsync(agent.HostId, TestEngine.Me, Cancel)).Value;
        Assert.Equal(HostStatus.Duplicate, host.Status);
        Assert.Equal(["192.0.2.1", "192.0.2.2"], host.Duplicate!.Addresses);
        Assert.Equal(Engine.Time.GetUtcNow(), host.Duplicate.Since);
        Assert.Equal(1, (await Engine.Hosts.CountAsync(TestEngine.Me, Cancel)).Value.Duplicate);

        // Nobody is let in, nothing is sent.
        Assert.IsType<HelloAnswer.Duplicate>(await HelloAsync(agent, 5, Here));
        await Engine.DispatchAsync();
        Engine.Time.Advance(GraceFromStart);
        await Engine.Get<DeadlineSweeper>().RunAsync(Cancel);
        Assert.Equal((CommandHostStatus.Failed, Reason.AgentLost, 1), await RowAsync(task));
    }

    [Fact]
    public async Task What_was_said_before_an_operator_decided_changes_nothing_afterwards()
    {
        var agent = await Engine.AddHostAsync("web-1");
        var before = Engine.Time.GetUtcNow();
        await EnrolAsync("web-1", NewKey());
        Engine.Time.Advance(TimeSpan.FromMilliseconds(1));
        await Engine.Sessions.MarkDuplicateAsync(agent.HostId, agent.Epoch, before, "192.0.2.1", "192.0.2.2", Cancel);
        Engine.Time.Advance(TimeSpan.FromMilliseconds(1));
        var pending = Assert.Single((await Engine.Hosts.GetAsync(agent.HostId, TestEngine.Me, Cancel)).Value.PendingKeys).Fingerprint;
        Assert.Equal(HostStatus.Offline, (await Engine.Hosts.ApproveAsync(agent.HostId, pending, TestEngine.Me, Cancel)).Value.Status);

        Assert.IsType<HelloAnswer.Outdated>(await Engine.Sessions.MarkDuplicateAsync(agent.HostId, 0, before, "192.0.2.1", "192.0.2.2", Cancel));
        Assert.IsType<HelloAnswer.Outdated>(await Engine.Sessions.OpenAsync(Engine.Report(agent.HostId, agent.JournalId, 9, []) with { SaidAt = before }, Cancel));
        Assert.Equal(HostStatus.Offline, (await Engine.Hosts.GetAsync(agent.HostId, TestEngine.Me, Cancel)).Value.Status);
        Assert.IsType<HelloAnswer.Opened>(await HelloAsync(agent, null, Here));
    }

    [Fact]
    public async Task It_is_still_so_after_a_restart_of_the_console()
    {
        var agent = await Engine.AddHostAsync("web-1");
        await Engine.Sessions.MarkDuplicateAsync(agent.HostId, agent.Epoch, Engine.Time.GetUtcNow(), "192.0.2.1", null, Cancel);
        await using var second = await TestEngine.StartAsync(Database);
        Assert.Equal(new HelloAnswer.Duplicate("192.0.2.1", null), await second.HelloAsync(agent.HostId, agent.JournalId, 9, [], 1, Here));
    }

    [Fact]
    public async Task An_epoch_from_before_the_confirmed_one_means_two_within_a_minute_of_the_other_ones_hello_over_a_restart_too()
    {
        var agent = await Engine.AddHostAsync("web-1", connect: false);
        Assert.IsType<HelloAnswer.Opened>(await HelloAsync(agent, null, Here));
        Engine.Sessions.Confirm(agent.HostId, 1);
        await CloseAsync(agent, 1);
        Assert.IsType<HelloAnswer.Opened>(await HelloAsync(agent, 1, Here));
        Engine.Sessions.Confirm(agent.HostId, 2);
        await CloseAsync(agent, 2);

        Engine.Time.Advance(TimeSpan.FromSeconds(59));
        await using var second = await TestEngine.StartAsync(Database);
        second.Time.SetUtcNow(Engine.Time.GetUtcNow());
        var answer = await second.HelloAsync(agent.HostId, agent.JournalId, 1, [], 1, There, "192.0.2.9");
        Assert.Equal(new HelloAnswer.Duplicate("192.0.2.1", "192.0.2.9"), answer);
    }

    [Fact]
    public async Task Later_it_is_a_folder_that_was_set_back_and_its_journal_is_not_counted_on()
    {
        var agent = await Engine.AddHostAsync("web-1", connect: false);
        await OpenAndConfirmAsync(agent, 1);
        await CloseAsync(agent, 1);
        Assert.IsType<HelloAnswer.Opened>(await HelloAsync(agent, 1, Here));
        Engine.Sessions.Confirm(agent.HostId, 2);
        var task = await DispatchedAsync(agent);
        await CloseAsync(agent, 2);
        Engine.Time.Advance(TimeSpan.FromSeconds(61));
        var opened = Assert.IsType<HelloAnswer.Opened>(await HelloAsync(agent, 1, There));
        Assert.Empty(opened.Opening.Executes);
        Assert.Equal((CommandHostStatus.Unreachable, null, 1), await RowAsync(task));
        Engine.Gateway.Executes.Clear();
        Engine.Time.Advance(GraceFromStart);
        await Engine.Get<DeadlineSweeper>().RunAsync(Cancel);
        Assert.Equal((CommandHostStatus.Failed, Reason.AgentLost, 1), await RowAsync(task));
        Assert.Empty(Engine.Gateway.Executes);
    }

    [Fact]
    public async Task At_the_same_place_nobody_else_can_be_and_an_epoch_that_was_not_confirmed_does_not_count()
    {
        var agent = await Engine.AddHostAsync("web-1", connect: false);
        await OpenAndConfirmAsync(agent, 1);
        for (var epoch = 2; epoch < 5; epoch++)
        {
            await CloseAsync(agent, epoch - 1);
            Assert.IsType<HelloAnswer.Opened>(await HelloAsync(agent, 1, epoch % 2 == 0 ? Here : There));
        }

        Engine.Sessions.Confirm(agent.HostId, 4);
        await CloseAsync(agent, 4);
        Assert.IsType<HelloAnswer.Opened>(await HelloAsync(agent, 1, Here));
    }

    [Fact]
    public async Task An_agent_elsewhere_is_sent_what_the_one_before_may_have_only_when_that_one_does_not_come_back()
    {
        var agent = await Engine.AddHostAsync("web-1", connect: false);
        await OpenAndConfirmAsync(agent, 1);
        agent.JournalSequence = 1;
        var task = await DispatchedAsync(agent);
        await CloseAsync(agent, 1);
        Engine.Gateway.Executes.Clear();
        Engine.Time.Advance(TimeSpan.FromSeconds(1));
        var there = Assert.IsType<HelloAnswer.Opened>(await HelloAsync(agent, 1, There));
        Assert.Empty(there.Opening.Executes);
        Assert.Equal((CommandHostStatus.Dispatched, null, 1), await RowAsync(task));
        await Engine.Get<DeadlineSweeper>().RunAsync(Cancel);
        Assert.Empty(Engine.Gateway.Executes);

        Engine.Time.Advance(TimeSpan.FromSeconds(6));
        await Engine.Get<DeadlineSweeper>().RunAsync(Cancel);
        Assert.Equal([await KeyAsync(task)], Engine.Gateway.Executes.Select(order => order.Key));
    }

    [Fact]
    public async Task An_agent_at_the_same_place_is_sent_it_at_once()
    {
        var agent = await Engine.AddHostAsync("web-1", connect: false);
        await OpenAndConfirmAsync(agent, 1);
        var task = await DispatchedAsync(agent);
        await CloseAsync(agent, 1);
        var again = Assert.IsType<HelloAnswer.Opened>(await HelloAsync(agent, 1, Here));
        Assert.Equal([await KeyAsync(task)], again.Opening.Executes.Select(order => order.Key));
    }

    [Fact]
    public async Task A_retry_after_the_word_of_an_agent_elsewhere_waits_until_the_one_before_would_be_back()
    {
        var agent = await Engine.AddHostAsync("web-1", connect: false);
        await OpenAndConfirmAsync(agent, 1);
        var task = await DispatchedAsync(agent, retries: 1);
        var key = await KeyAsync(task);
        await CloseAsync(agent, 1);
        Engine.Gateway.Executes.Clear();
        Assert.IsType<HelloAnswer.Opened>(await HelloAsync(agent, 1, There, new JournalEntryReport(key, JournalState.Ended, 1, Engine.Time.GetUtcNow())));
        await agent.FinishedAsync(key, AttemptOutcome.SupervisorLost, epoch: 2);
        await Engine.FlushAsync();
        Assert.Equal((CommandHostStatus.Pending, null, 2), await RowAsync(task));
        await Engine.DispatchAsync();
        Assert.Empty(Engine.Gateway.Executes);
        Engine.Time.Advance(TimeSpan.FromSeconds(7));
        await Engine.DispatchAsync();
        Assert.Single(Engine.Gateway.Executes);
    }

    [Fact]
    public async Task A_retry_that_waited_when_two_were_found_is_given_up_when_the_word_before_was_of_the_agent_alone()
    {
        var agent = await Engine.AddHostAsync("web-1", connect: false);
        await OpenAndConfirmAsync(agent, 1);
        var lost = await DispatchedAsync(agent, retries: 1);
        var failed = await DispatchedAsync(agent, retries: 1);
        await agent.FinishedAsync(await KeyAsync(lost), AttemptOutcome.SupervisorLost, epoch: 1);
        await agent.FinishedAsync(await KeyAsync(failed), AttemptOutcome.Signaled, epoch: 1);
        await Engine.FlushAsync();
        Assert.Equal((CommandHostStatus.Pending, null, 2), await RowAsync(lost));
        await EnrolAsync("web-1", NewKey());
        await Engine.Sessions.MarkDuplicateAsync(agent.HostId, 1, Engine.Time.GetUtcNow(), null, null, Cancel);
        Engine.Time.Advance(TimeSpan.FromSeconds(1));
        var pending = Assert.Single((await Engine.Hosts.GetAsync(agent.HostId, TestEngine.Me, Cancel)).Value.PendingKeys).Fingerprint;
        Assert.Null((await Engine.Hosts.ApproveAsync(agent.HostId, pending, TestEngine.Me, Cancel)).Problem);
        Assert.IsType<HelloAnswer.Opened>(await HelloAsync(agent, null, There));

        Engine.Gateway.Executes.Clear();
        Engine.Time.Advance(TimeSpan.FromMinutes(1));
        await Engine.DispatchAsync();
        Assert.Equal((CommandHostStatus.Failed, Reason.SupervisorLost, 1), await RowAsync(lost));
        Assert.Equal(OpsTaskStatus.Failed, (await Engine.TaskAsync(lost)).Status);
        Assert.Equal([new AttemptKey(Assert.Single(await Engine.RowsAsync(failed)).Id, 2)], Engine.Gateway.Executes.Select(order => order.Key));
    }

    [Fact]
    public async Task A_fingerprint_is_asked_for_wherever_more_than_one_agent_may_be_meant()
    {
        var (first, second, third) = (NewKey(), NewKey(), NewKey());
        await EnrolAsync("web-1", first);
        await EnrolAsync("web-1", second);
        var host = Assert.Single((await Engine.Hosts.ListAsync(new HostFilter(), new PageRequest(1, 10), TestEngine.Me, Cancel)).Value.Items);
        Assert.Equal(new[] { Print(first), Print(second) }.Order(StringComparer.Ordinal), host.PendingKeys.Select(key => key.Fingerprint).Order(StringComparer.Ordinal));
        Assert.Null(host.Fingerprint);
        AssertAmbiguous(await Engine.Hosts.ApproveAsync(host.Id, null, TestEngine.Me, Cancel));
        AssertAmbiguous(await Engine.Hosts.RejectAsync(host.Id, null, TestEngine.Me, Cancel));
        Assert.IsType<Problem.Invalid>((await Engine.Hosts.ApproveAsync(host.Id, "abc", TestEngine.Me, Cancel)).Problem);
        Assert.IsType<Problem.WrongState>((await Engine.Hosts.ApproveAsync(host.Id, Print(third), TestEngine.Me, Cancel)).Problem);
        Assert.Equal(HostStatus.Pending, (await Engine.Hosts.RejectAsync(host.Id, Print(second), TestEngine.Me, Cancel)).Value.Status);
        Assert.Equal(Print(first), (await Engine.Hosts.ApproveAsync(host.Id, null, TestEngine.Me, Cancel)).Value.Fingerprint);

        // A replacement, and one of a host that has two agents.
        await EnrolAsync("web-1", third);
        AssertAmbiguous(await Engine.Hosts.ApproveAsync(host.Id, null, TestEngine.Me, Cancel));
        Assert.IsType<Problem.WrongState>((await Engine.Hosts.ApproveAsync(host.Id, Print(first), TestEngine.Me, Cancel)).Problem);
        await Engine.Sessions.MarkDuplicateAsync(host.Id, 0, Engine.Time.GetUtcNow(), null, null, Cancel);
        AssertAmbiguous(await Engine.Hosts.ApproveAsync(host.Id, null, TestEngine.Me, Cancel));
        var colons = string.Join(':', Print(first).Chunk(2).Select(pair => new string(pair)));
        Assert.Equal(HostStatus.Offline, (await Engine.Hosts.ApproveAsync(host.Id, colons, TestEngine.Me, Cancel)).Value.Status);
        Assert.Equal(Print(third), (await Engine.Hosts.ApproveAsync(host.Id, Print(third), TestEngine.Me, Cancel)).Value.Fingerprint);
        Assert.Equal(third, await Engine.Sessions.ActiveKeyAsync(host.Id, Cancel));
    }

    [Fact]
    public async Task A_host_with_two_agents_can_be_drained_and_deleted_as_any_other()
    {
        var agent = await Engine.AddHostAsync("web-1");
        await Engine.Sessions.MarkDuplicateAsync(agent.HostId, agent.Epoch, Engine.Time.GetUtcNow(), null, null, Cancel);
        Assert.Equal(HostStatus.Duplicate, (await Engine.Hosts.SetDrainingAsync(agent.HostId, true, TestEngine.Me, Cancel)).Value.Status);
        Assert.Null((await Engine.Hosts.DeleteAsync(agent.HostId, TestEngine.Me, Cancel)).Problem);
        Assert.IsType<HelloAnswer.NotApproved>(await HelloAsync(agent, 1, Here));
        Assert.IsType<HelloAnswer.NotApproved>(await Engine.Sessions.MarkDuplicateAsync(agent.HostId, 1, Engine.Time.GetUtcNow(), null, null, Cancel));
    }

    private Task<HelloAnswer> HelloAsync(TestAgent agent, long? lastEpoch, byte[] place, params JournalEntryReport[] attempts) =>
        Engine.HelloAsync(agent.HostId, agent.JournalId, agent.JournalSequence, attempts, lastEpoch, place);

    private async Task OpenAndConfirmAsync(TestAgent agent, long epoch)
    {
        Assert.Equal(epoch, Assert.IsType<HelloAnswer.Opened>(await HelloAsync(agent, null, Here)).Opening.SessionEpoch);
        Engine.Sessions.Confirm(agent.HostId, epoch);
    }

    private async Task CloseAsync(TestAgent agent, long epoch)
    {
        await Engine.Sessions.CloseAsync(agent.HostId, epoch, Cancel);

        // Sessions are committed in the order in which they came.
        Assert.Null(await Engine.OpenAsync(Guid.Empty, agent.JournalId, 1, []));
    }

    private async Task<Guid> DispatchedAsync(TestAgent agent, int retries = 0)
    {
        var task = (await Engine.Tasks.CreateAsync(
            new Core.Tasks.Composing.TaskSpec
            {
                Name = "a task",
                Commands = [new Core.Tasks.Composing.CommandSpec { Script = "true", Retries = retries }],
                Targets = new Core.Tasks.Composing.TargetSpec { HostIds = [agent.HostId] },
                Start = true,
            },
            TestEngine.Me,
            idempotency: null,
            Cancel)).Value.Id;
        await Engine.DispatchAsync();
        return task;
    }

    private async Task<(CommandHostStatus Status, Reason? Reason, int Attempt)> RowAsync(Guid task)
    {
        var row = Assert.Single(await Engine.RowsAsync(task));
        return (row.Status, row.Reason, row.Attempt);
    }

    private async Task<AttemptKey> KeyAsync(Guid task) => new(Assert.Single(await Engine.RowsAsync(task)).Id, 1);

    private Task<EnrolmentAnswer> EnrolAsync(string name, byte[] key) => Engine.Sessions.EnrolAsync(
        new EnrolmentRequest
        {
            Name = name,
            PublicKey = key,
            JoinToken = "join-token-of-the-tests",
            Labels = new Dictionary<string, string>(StringComparer.Ordinal),
            Facts = TestEngine.Facts,
        },
        Cancel);

    protected override IReadOnlyDictionary<string, string?> Settings { get; } = new Dictionary<string, string?>(StringComparer.Ordinal)
    {
        ["Agents:JoinToken"] = "join-token-of-the-tests",
    };

    private static void AssertAmbiguous(Answer<HostView> answer) =>
        Assert.Equal(("host.key.ambiguous", "fingerprint"), (answer.Problem?.Message.Code, Assert.Single(Assert.IsType<Problem.Invalid>(answer.Problem).Errors).Key));

    private static string Print(byte[] key) => Convert.ToHexStringLower(SHA256.HashData(key));

    private static byte[] NewKey()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return key.ExportSubjectPublicKeyInfo();
    }
}

public sealed class SqliteDuplicateHostTests(SqliteDatabase database) : DuplicateHostTests(database), IClassFixture<SqliteDatabase>;

public sealed class MariaDbDuplicateHostTests(MariaDbDatabase database) : DuplicateHostTests(database), IClassFixture<MariaDbDatabase>;
