using System.Security.Cryptography;
using TaskConsole.Core.Hosts;
using TaskConsole.Core.Persistence;
using TaskConsole.Core.Problems;
using TaskConsole.Core.Tests.Persistence;

namespace TaskConsole.Core.Tests.Hosts;

/// <summary>How an agent becomes a host: join token, key, approval, replacement.</summary>
public abstract class EnrolmentTests(TestDatabase database) : EngineTests(database)
{
    protected override IReadOnlyDictionary<string, string?> Settings { get; } = new Dictionary<string, string?>(StringComparer.Ordinal)
    {
        ["Agents:JoinToken"] = "join-token-of-the-tests",
    };

    [Fact]
    public async Task A_key_waits_for_approval_and_is_then_a_host_with_the_labels_that_it_asked_with()
    {
        var key = NewKey();
        Assert.Equal(EnrolmentDecision.Pending, (await EnrolAsync("web-1", key)).Decision);
        Assert.Equal(EnrolmentDecision.Pending, (await EnrolAsync("web-1", key)).Decision);
        var host = Assert.Single(await HostsAsync());
        Assert.Equal((HostStatus.Pending, "web-1", "prod"), (host.Status, host.Name, host.Labels["env"]));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(key)), Assert.Single(host.PendingKeys).Fingerprint);
        Assert.False(host.PendingKeys[0].IsReplacement);
        Assert.Null(await Engine.Sessions.ActiveKeyAsync(host.Id, Cancel));
        Assert.Null(await Engine.OpenAsync(host.Id, Guid.NewGuid().ToByteArray(), 1, []));

        var approved = (await Engine.Hosts.ApproveAsync(host.Id, null, TestEngine.Me, Cancel)).Value;
        Assert.Equal(HostStatus.Offline, approved.Status);
        Assert.Empty(approved.PendingKeys);
        Assert.Equal(Print(key), approved.Fingerprint);
        Assert.Equal((EnrolmentDecision.Approved, host.Id), ((await EnrolAsync("web-1", key)).Decision, (await EnrolAsync("web-1", key)).HostId!.Value));
        Assert.Equal(key, await Engine.Sessions.ActiveKeyAsync(host.Id, Cancel));
        AssertProblem<Problem.WrongState>((await Engine.Hosts.ApproveAsync(host.Id, null, TestEngine.Me, Cancel)).Problem);
    }

    [Fact]
    public async Task A_wrong_token_a_bad_name_and_bad_labels_are_refused_and_leave_nothing()
    {
        Assert.Equal(EnrolmentDecision.WrongToken, (await EnrolAsync("web-1", NewKey(), token: "join-token-of-the-test")).Decision);
        Assert.Equal(EnrolmentDecision.WrongToken, (await EnrolAsync("web-1", NewKey(), token: "")).Decision);
        foreach (var name in new[] { "", "Web-1", "web_1", "-web", "web-", ".", "web 1", "web\n", "wéb", new string('w', 254) })
        {
            Assert.Equal(EnrolmentDecision.Invalid, (await EnrolAsync(name, NewKey())).Decision);
        }

        Assert.Equal(EnrolmentDecision.Invalid, (await EnrolAsync("web-1", [1, 2, 3])).Decision);
        foreach (var label in new[] { "", "name", "fact.os", "a b", "a,b", "-a", new string('a', 64) })
        {
            Assert.Equal(EnrolmentDecision.Invalid, (await EnrolAsync("web-1", NewKey(), labels: new Dictionary<string, string>(StringComparer.Ordinal) { [label] = "v" })).Decision);
        }

        Assert.Empty(await HostsAsync());
        Assert.Equal(EnrolmentDecision.Pending, (await EnrolAsync(new string('w', 253), NewKey())).Decision);
        Assert.Equal(EnrolmentDecision.Pending, (await EnrolAsync("0", NewKey())).Decision);
    }

    [Fact]
    public async Task A_key_that_nobody_decided_on_for_a_day_is_not_approved_any_more_and_is_dropped()
    {
        var key = NewKey();
        await EnrolAsync("web-1", key);
        Engine.Time.Advance(TimeSpan.FromHours(23));
        await EnrolAsync("web-2", NewKey());
        var expiry = Engine.Get<PendingKeyExpiry>();
        await expiry.RunAsync(Cancel);
        var old = (await HostsAsync()).Single(host => host.Name == "web-1");

        Engine.Time.Advance(TimeSpan.FromHours(1));
        AssertProblem<Problem.WrongState>((await Engine.Hosts.ApproveAsync(old.Id, null, TestEngine.Me, Cancel)).Problem);
        await expiry.RunAsync(Cancel);
        Assert.Equal(["web-2"], (await HostsAsync()).Select(host => host.Name));

        // It asks on, as if for the first time.
        Assert.Equal(EnrolmentDecision.Pending, (await EnrolAsync("web-1", key)).Decision);
        var fresh = (await HostsAsync()).Single(host => host.Name == "web-1");
        Assert.Equal(HostStatus.Offline, (await Engine.Hosts.ApproveAsync(fresh.Id, null, TestEngine.Me, Cancel)).Value.Status);
    }

    [Fact]
    public async Task A_replacement_that_nobody_decided_on_is_dropped_and_its_host_stays()
    {
        var key = NewKey();
        await EnrolAsync("web-1", key);
        var host = Assert.Single(await HostsAsync());
        await Engine.Hosts.ApproveAsync(host.Id, null, TestEngine.Me, Cancel);
        await EnrolAsync("web-1", NewKey());
        await EnrolAsync("web-2", NewKey());
        await Engine.Hosts.RejectAsync((await HostsAsync()).Single(other => other.Name == "web-2").Id, null, TestEngine.Me, Cancel);
        Engine.Time.Advance(TimeSpan.FromHours(25));
        await Engine.Get<PendingKeyExpiry>().RunAsync(Cancel);
        Assert.All(await HostsAsync(), left => Assert.Empty(left.PendingKeys));
        Assert.Equal(["web-1", "web-2"], (await HostsAsync()).Select(left => left.Name).Order(StringComparer.Ordinal));
        Assert.Equal(key, await Engine.Sessions.ActiveKeyAsync(host.Id, Cancel));
    }

    [Fact]
    public async Task Every_label_that_may_be_set_can_stand_in_a_selector()
    {
        var labels = new Dictionary<string, string>(StringComparer.Ordinal) { ["app.io/tier-1_x"] = "a/b-c_d.e", ["empty"] = "", ["in"] = "notin" };
        await EnrolAsync("web-1", NewKey(), labels: labels);
        Assert.All(labels, label =>
        {
            Assert.True(Core.Hosts.Selectors.HostSelector.TryParse($"{label.Key}={label.Value},{label.Key} in ({label.Value},x)", out var selector, out var error), error?.ToString());
            Assert.True(selector.Matches("web-1", labels, new Dictionary<string, string>(StringComparer.Ordinal)));
        });
    }

    [Fact]
    public async Task A_name_in_use_is_not_taken_over_without_an_operator_and_a_replacement_revokes_the_old_key()
    {
        var (first, second) = (NewKey(), NewKey());
        var hostId = await ApprovedAsync("web-1", first);
        Assert.Equal(EnrolmentDecision.Pending, (await EnrolAsync("web-1", second)).Decision);
        Assert.Equal(first, await Engine.Sessions.ActiveKeyAsync(hostId, Cancel));
        var waiting = Assert.Single(await HostsAsync());
        Assert.True(Assert.Single(waiting.PendingKeys).IsReplacement);
        Assert.Equal(HostStatus.Offline, waiting.Status);

        for (var more = 1; more < HostKey.MaxPending; more++)
        {
            Assert.Equal(EnrolmentDecision.Pending, (await EnrolAsync("web-1", NewKey())).Decision);
        }

        Assert.Equal(EnrolmentDecision.Rejected, (await EnrolAsync("web-1", NewKey())).Decision);
        Engine.Gateway.Disconnects.Clear();
        Assert.Null((await Engine.Hosts.ApproveAsync(hostId, Print(second), TestEngine.Me, Cancel)).Problem);
        Assert.Equal([hostId], Engine.Gateway.Disconnects);
        Assert.Equal(second, await Engine.Sessions.ActiveKeyAsync(hostId, Cancel));
        Assert.Equal(EnrolmentDecision.Rejected, (await EnrolAsync("web-1", first)).Decision);
        Assert.Equal(hostId, (await EnrolAsync("web-1", second)).HostId);
    }

    [Fact]
    public async Task A_rejected_replacement_leaves_the_host_as_it_was()
    {
        var (first, second) = (NewKey(), NewKey());
        var hostId = await ApprovedAsync("web-1", first);
        await EnrolAsync("web-1", second);
        Assert.Equal(HostStatus.Offline, (await Engine.Hosts.RejectAsync(hostId, null, TestEngine.Me, Cancel)).Value.Status);
        Assert.Equal(first, await Engine.Sessions.ActiveKeyAsync(hostId, Cancel));
        Assert.Equal(EnrolmentDecision.Rejected, (await EnrolAsync("web-1", second)).Decision);
        AssertProblem<Problem.WrongState>((await Engine.Hosts.RejectAsync(hostId, null, TestEngine.Me, Cancel)).Problem);
    }

    [Fact]
    public async Task A_rejected_name_can_be_asked_for_by_another_key_whose_labels_then_count()
    {
        await EnrolAsync("web-1", NewKey(), labels: new Dictionary<string, string>(StringComparer.Ordinal) { ["env"] = "prod", ["role"] = "db" });
        var host = Assert.Single(await HostsAsync());
        Assert.Equal(HostStatus.Rejected, (await Engine.Hosts.RejectAsync(host.Id, null, TestEngine.Me, Cancel)).Value.Status);

        var other = NewKey();
        Assert.Equal(EnrolmentDecision.Pending, (await EnrolAsync("web-1", other, labels: new Dictionary<string, string>(StringComparer.Ordinal) { ["env"] = "test" })).Decision);
        var approved = (await Engine.Hosts.ApproveAsync(host.Id, null, TestEngine.Me, Cancel)).Value;
        Assert.Equal(["env=test"], approved.Labels.Select(label => $"{label.Key}={label.Value}"));
        Assert.Equal(other, await Engine.Sessions.ActiveKeyAsync(host.Id, Cancel));
    }

    [Fact]
    public async Task The_labels_of_a_host_are_the_consoles_once_it_is_approved()
    {
        var hostId = await ApprovedAsync("web-1", NewKey());
        await Engine.Hosts.SetLabelsAsync(hostId, new Dictionary<string, string>(StringComparer.Ordinal) { ["env"] = "stage" }, TestEngine.Me, Cancel);
        var other = NewKey();
        await EnrolAsync("web-1", other, labels: new Dictionary<string, string>(StringComparer.Ordinal) { ["env"] = "prod" });
        Assert.Equal("stage", (await Engine.Hosts.ApproveAsync(hostId, Print(other), TestEngine.Me, Cancel)).Value.Labels["env"]);
    }

    [Fact]
    public async Task Keys_that_nobody_decided_on_for_a_day_block_their_name_no_longer()
    {
        for (var asks = 0; asks < HostKey.MaxPending; asks++)
        {
            await EnrolAsync("web-1", NewKey());
        }

        Engine.Time.Advance(TimeSpan.FromHours(23));
        Assert.Equal(EnrolmentDecision.Rejected, (await EnrolAsync("web-1", NewKey())).Decision);
        Engine.Time.Advance(TimeSpan.FromHours(2));
        var late = NewKey();
        Assert.Equal(EnrolmentDecision.Pending, (await EnrolAsync("web-1", late)).Decision);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(late)), Assert.Single(Assert.Single(await HostsAsync()).PendingKeys).Fingerprint);
    }

    [Fact]
    public async Task A_deleted_host_stays_out_and_its_name_is_free_for_another_key()
    {
        var key = NewKey();
        var hostId = await ApprovedAsync("web-1", key);
        Assert.Null((await Engine.Hosts.DeleteAsync(hostId, TestEngine.Me, Cancel)).Problem);
        Assert.Equal(EnrolmentDecision.Rejected, (await EnrolAsync("web-1", key)).Decision);
        Assert.Null(await Engine.Sessions.ActiveKeyAsync(hostId, Cancel));
        Assert.Null(await Engine.OpenAsync(hostId, Guid.NewGuid().ToByteArray(), 1, []));
        Assert.Equal(EnrolmentDecision.Pending, (await EnrolAsync("web-1", NewKey())).Decision);
        Assert.NotEqual(hostId, Assert.Single(await HostsAsync()).Id);
    }

    [Fact]
    public async Task A_key_keeps_its_name()
    {
        var key = NewKey();
        await ApprovedAsync("web-1", key);
        Assert.Equal(EnrolmentDecision.Invalid, (await EnrolAsync("web-2", key)).Decision);
        Assert.Equal(["web-1"], (await HostsAsync()).Select(host => host.Name));
    }

    [Fact]
    public async Task Of_many_keys_that_ask_for_one_name_at_once_five_wait()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => Task.Run(() => EnrolAsync("web-1", NewKey()), Cancel)));
        Assert.Equal(HostKey.MaxPending, answers.Count(answer => answer.Decision == EnrolmentDecision.Pending));
        Assert.Equal(7, answers.Count(answer => answer.Decision == EnrolmentDecision.Rejected));
        Assert.Single(await HostsAsync());
    }

    [Fact]
    public async Task The_hub_keeps_its_id_and_the_join_token_that_it_made_over_a_restart()
    {
        await using var first = await TestEngine.StartAsync(Database);
        await using var second = await TestEngine.StartAsync(Database);
        Assert.Equal(await first.Sessions.HubIdAsync(Cancel), await second.Sessions.HubIdAsync(Cancel));
        Assert.InRange((await first.Hosts.ReadJoinTokenAsync(TestEngine.Me, Cancel)).Value.Length, 16, 200);
        Assert.Equal("join-token-of-the-tests", (await Engine.Hosts.ReadJoinTokenAsync(TestEngine.Me, Cancel)).Value);
    }

    [Fact]
    public async Task All_who_ask_for_the_hubs_id_at_once_are_answered_by_one_question()
    {
        await Engine.Sessions.HubIdAsync(Cancel);
        using var count = new StatementCount(Database);
        await using var fresh = await TestEngine.StartAsync(Database);
        var held = new TaskCompletionSource();
        var holding = fresh.Get<Store>().WriteAsync((_, _) => held.Task, Cancel);
        count.Take();
        var asking = Enumerable.Range(0, 50).Select(_ => fresh.Sessions.HubIdAsync(Cancel)).ToList();
        held.SetResult();
        await holding;
        Assert.Single((await Task.WhenAll(asking)).Distinct());
        Assert.Equal(1, count.Take());
    }

    private async Task<Guid> ApprovedAsync(string name, byte[] key)
    {
        await EnrolAsync(name, key);
        return (await Engine.Hosts.ApproveAsync(Assert.Single(await HostsAsync()).Id, null, TestEngine.Me, Cancel)).Value.Id;
    }

    private async Task<IReadOnlyList<HostView>> HostsAsync() =>
        (await Engine.Hosts.ListAsync(new HostFilter(), new Core.Tasks.PageRequest(1, 50), TestEngine.Me, Cancel)).Value.Items;

    private Task<EnrolmentAnswer> EnrolAsync(string name, byte[] key, string token = "join-token-of-the-tests", Dictionary<string, string>? labels = null) =>
        Engine.Sessions.EnrolAsync(
            new EnrolmentRequest
            {
                Name = name,
                PublicKey = key,
                JoinToken = token,
                Labels = labels ?? new Dictionary<string, string>(StringComparer.Ordinal) { ["env"] = "prod" },
                Facts = TestEngine.Facts,
                Address = "192.0.2.7",
            },
            Cancel);

    private static string Print(byte[] key) => Convert.ToHexStringLower(SHA256.HashData(key));

    private static byte[] NewKey()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return key.ExportSubjectPublicKeyInfo();
    }
}

public sealed class SqliteEnrolmentTests(SqliteDatabase database) : EnrolmentTests(database), IClassFixture<SqliteDatabase>;

public sealed class MariaDbEnrolmentTests(MariaDbDatabase database) : EnrolmentTests(database), IClassFixture<MariaDbDatabase>;
