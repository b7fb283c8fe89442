using CsCheck;
using Microsoft.Extensions.Logging.Abstractions;
using TaskConsole.Core.Leadership;
using TaskConsole.Core.Persistence;
using TaskConsole.Core.Tests.Persistence;

namespace TaskConsole.Core.Tests.Leadership;

/// <summary>One instance leads, whoever stands still and for how long.</summary>
public abstract class LeaderLeaseTests(TestDatabase database) : EngineTests(database)
{
    private static readonly TimeSpan Short = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task A_leader_that_was_frozen_claims_nothing_after_another_has_taken_over()
    {
        await Engine.AddHostAsync("a");
        var task = await CreateAsync(Spec("1"));
        await using var second = await TestEngine.StartAsync(Database, instance: Guid.NewGuid());
        var lease = second.Get<LeaderLease>();
        Assert.False(lease.IsLeader);
        second.Time.Advance(LeaderLease.Patience - TimeSpan.FromTicks(1));
        Assert.False(await lease.TryAsync(Cancel));
        second.Time.Advance(TimeSpan.FromTicks(1));
        Assert.True(await lease.TryAsync(Cancel));
        Assert.False(lease.HasSeenOtherAlive);

        // The first one wakes, and believes that it leads.
        Assert.True(Engine.Get<LeaderLease>().IsLeader);
        await Assert.ThrowsAsync<LeadershipLostException>(Engine.DispatchAsync);
        await AssertRowsAsync(task.Id, "Pending");
        Assert.False(Engine.Get<LeaderLease>().IsLeader);
        Assert.False(await Engine.Get<LeaderLease>().TryAsync(Cancel));

        await second.DispatchAsync();
        await AssertRowsAsync(task.Id, "Dispatched");
        Assert.Single(second.Gateway.Executes);
        Assert.Empty(Engine.Gateway.Executes);
    }

    [Fact]
    public async Task A_leader_that_lives_stays_leader_and_is_seen_to_live()
    {
        await using var second = await TestEngine.StartAsync(Database, instance: Guid.NewGuid());
        for (var round = 0; round < 10; round++)
        {
            Assert.True(await Engine.Get<LeaderLease>().TryAsync(Cancel));
            second.Time.Advance(LeaderLease.Patience - Short);
            Assert.False(await second.Get<LeaderLease>().TryAsync(Cancel));
        }

        Assert.True(second.Get<LeaderLease>().HasSeenOtherAlive);
    }

    [Fact]
    public async Task Who_gives_up_is_followed_at_once_and_so_is_the_process_before_a_restart()
    {
        await using var other = await TestEngine.StartAsync(Database, instance: Guid.NewGuid());
        await Engine.Get<LeaderLease>().ReleaseAsync(Cancel);
        Assert.True(await other.Get<LeaderLease>().TryAsync(Cancel));
        Assert.False(await Engine.Get<LeaderLease>().TryAsync(Cancel));
        await other.Get<LeaderLease>().ReleaseAsync(Cancel);
        Assert.True(await Engine.Get<LeaderLease>().TryAsync(Cancel));

        await using var restarted = await TestEngine.StartAsync(Database);
        Assert.True(restarted.Get<LeaderLease>().IsLeader);
        await Assert.ThrowsAsync<LeadershipLostException>(() => CheckAsync(Engine));
    }

    [Fact]
    public async Task Of_several_that_take_at_once_one_leads()
    {
        var others = new List<TestEngine>();
        for (var index = 0; index < 4; index++)
        {
            others.Add(await TestEngine.StartAsync(Database, instance: Guid.NewGuid()));
            others[index].Time.Advance(LeaderLease.Patience);
        }

        var leads = await Task.WhenAll(others.Select(other => Task.Run(() => other.Get<LeaderLease>().TryAsync(Cancel), Cancel)));
        Assert.Equal(1, leads.Count(one => one));
        foreach (var other in others)
        {
            await other.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_copy_of_the_data_directory_does_not_take_over_from_the_one_that_lives()
    {
        var copy = Directory.CreateTempSubdirectory("taskconsole-copy-");
        File.WriteAllLines(Path.Combine(copy.FullName, InstanceIdentity.FileName), [Engine.Get<InstanceIdentity>().Id.ToString(), "another boot", "/var/lib/taskconsole"]);
        var identity = new InstanceIdentity(copy.FullName);
        Assert.Equal((Engine.Get<InstanceIdentity>().Id, false), (identity.Id, identity.IsSamePlace));
        var lease = new LeaderLease(Engine.Get<Store>(), identity, Engine.Time);
        Assert.False(await lease.TryAsync(Cancel));
        Assert.True(await Engine.Get<LeaderLease>().TryAsync(Cancel));
        Assert.False(await lease.TryAsync(Cancel));
        Assert.True(lease.HasSeenOtherAlive);

        // From its next start on it is at home there.
        Assert.True(new InstanceIdentity(copy.FullName).IsSamePlace);
        copy.Delete(recursive: true);
    }

    [Fact]
    public async Task A_console_that_was_frozen_until_another_took_over_stops()
    {
        using var keeper = new LeadershipKeeper(Engine.Get<LeaderLease>(), Engine.Time, NullLogger<LeadershipKeeper>.Instance);
        await keeper.StartingAsync(Cancel);
        await keeper.StartAsync(Cancel);
        await using var other = await TestEngine.StartAsync(Database, instance: Guid.NewGuid());
        other.Time.Advance(LeaderLease.Patience);
        Assert.True(await other.Get<LeaderLease>().TryAsync(Cancel));
        await Engine.WaitAsync(() =>
        {
            Engine.Time.Advance(Short);
            return Task.FromResult(keeper.ExecuteTask!.IsCompleted);
        });
        await Assert.ThrowsAsync<DatabaseInUseException>(() => keeper.ExecuteTask!);
    }

    [Fact]
    public async Task However_they_renew_freeze_and_wake_an_epoch_has_one_holder_and_none_comes_back()
    {
        var engines = new List<TestEngine> { Engine };
        for (var index = 0; index < 2; index++)
        {
            engines.Add(await TestEngine.StartAsync(Database, instance: Guid.NewGuid()));
        }

        var (holders, highest) = (new Dictionary<long, int>(), 0L);

        // Each step: whose clock goes on and how far, who does something, and what (give up, renew or take, act).
        await Gen.Select(Gen.Int[0, 2], Gen.Int[0, 7_000], Gen.Int[0, 2], Gen.Int[0, 9]).Array[1, 25].SampleAsync(
            async steps =>
            {
                foreach (var (clock, milliseconds, who, what) in steps)
                {
                    engines[clock].Time.Advance(TimeSpan.FromMilliseconds(milliseconds));
                    var lease = engines[who].Get<LeaderLease>();
                    if (what == 0)
                    {
                        await lease.ReleaseAsync(Cancel);
                    }
                    else if (what < 6)
                    {
                        await lease.TryAsync(Cancel);
                    }
                    else if (await CheckAsync(engines[who], quietly: true) is { } epoch)
                    {
                        Assert.True(epoch >= highest, $"{epoch} acted after {highest}");
                        Assert.Equal(who, holders.GetValueOrDefault(epoch, who));
                        (holders[epoch], highest) = (who, epoch);
                    }
                }
            },
            iter: 30,
            threads: 1);
        Assert.True(holders.Count > 3, "hardly anybody led");
        await engines[1].DisposeAsync();
        await engines[2].DisposeAsync();
    }

    /// <summary>Acts as a leader; the epoch under which it was allowed. Null: it was refused.</summary>
    private async Task<long?> CheckAsync(TestEngine engine, bool quietly = false)
    {
        try
        {
            return await engine.Get<Store>().WriteAsync(
                async (unit, token) =>
                {
                    await engine.Get<LeaderLease>().CheckAsync(unit, token);
                    return unit.Context.Leases.Single(lease => lease.Name == Lease.Leader).Epoch;
                },
                Cancel);
        }
        catch (LeadershipLostException) when (quietly)
        {
            return null;
        }
    }
}

public sealed class SqliteLeaderLeaseTests(SqliteDatabase database) : LeaderLeaseTests(database), IClassFixture<SqliteDatabase>;

public sealed class MariaDbLeaderLeaseTests(MariaDbDatabase database) : LeaderLeaseTests(database), IClassFixture<MariaDbDatabase>;
