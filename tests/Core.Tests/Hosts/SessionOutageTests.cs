using Microsoft.EntityFrameworkCore;
using TaskConsole.Core.Hosts;
using TaskConsole.Core.Tasks;
using TaskConsole.Core.Tests.Persistence;

namespace TaskConsole.Core.Tests.Hosts;

/// <summary>Sessions that come and go while the store does not take it.</summary>
public abstract class SessionOutageTests(TestDatabase database) : EngineTests(database)
{
    /// <summary>A trigger that refuses to change the host 'stuck', with an error that tells nothing.</summary>
    protected abstract string BreakOneHost { get; }

    [Fact]
    public async Task While_the_store_is_away_hellos_fail_at_once_and_ends_are_committed_when_it_is_back()
    {
        var here = await Engine.AddHostAsync("here");
        var back = await Engine.AddHostAsync("back", connect: false);
        var rows = await DispatchedAsync(Spec("1"));
        var row = Assert.Single(rows, row => row.HostId == here.HostId);
        await SqlAsync("ALTER TABLE hosts RENAME TO hosts_away");
        await Assert.ThrowsAnyAsync<Exception>(() => back.HelloAsync().WaitAsync(TimeSpan.FromSeconds(10), Cancel));
        await Engine.Sessions.CloseAsync(here.HostId, here.Epoch, Cancel);
        await Assert.ThrowsAnyAsync<Exception>(() => back.HelloAsync().WaitAsync(TimeSpan.FromSeconds(10), Cancel));

        await SqlAsync("ALTER TABLE hosts_away RENAME TO hosts");
        await UntilAsync(async () => !(await HostAsync(here)).Connected);
        Assert.Equal(CommandHostStatus.Unreachable, (await Engine.RowsAsync(row.TaskId)).Single(candidate => candidate.Id == row.Id).Status);
        Assert.Equal(1, (await back.HelloAsync()).SessionEpoch);
        Assert.Equal(2, (await here.HelloAsync()).SessionEpoch);
    }

    [Fact]
    public async Task A_session_whose_end_cannot_be_committed_holds_up_no_other()
    {
        var stuck = await Engine.AddHostAsync("stuck");
        var gone = await Engine.AddHostAsync("gone");
        var come = await Engine.AddHostAsync("come", connect: false);
        await SqlAsync(BreakOneHost);
        await Engine.Sessions.CloseAsync(stuck.HostId, stuck.Epoch, Cancel);
        await gone.ByeAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => stuck.HelloAsync().WaitAsync(TimeSpan.FromSeconds(20), Cancel));
        await come.HelloAsync();
        Assert.True((await HostAsync(stuck)).Connected);

        await SqlAsync("DROP TRIGGER broken");
        await UntilAsync(async () => !(await HostAsync(stuck)).Connected);
        Assert.True((await HostAsync(come)).Connected);
    }

    [Fact]
    public async Task A_hello_that_came_after_an_uncommitted_end_is_not_closed_by_it()
    {
        var agent = await Engine.AddHostAsync("a");
        await SqlAsync("ALTER TABLE hosts RENAME TO hosts_away");
        await Engine.Sessions.CloseAsync(agent.HostId, agent.Epoch, Cancel);
        await Assert.ThrowsAnyAsync<Exception>(() => agent.HelloAsync().WaitAsync(TimeSpan.FromSeconds(10), Cancel));
        await SqlAsync("ALTER TABLE hosts_away RENAME TO hosts");
        await agent.HelloAsync();
        for (var round = 0; round < 20; round++)
        {
            Engine.Time.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(5, Cancel);
        }

        // A group behind it: whatever waited has been tried.
        await (await Engine.AddHostAsync("b")).ByeAsync();
        Assert.True((await HostAsync(agent)).Connected);
    }

    [Fact]
    public async Task A_host_that_only_the_store_believes_connected_is_found_and_closed()
    {
        var lost = await Engine.AddHostAsync("lost");
        var here = await Engine.AddHostAsync("here");
        var rows = await DispatchedAsync(Spec("1"));
        var row = Assert.Single(rows, row => row.HostId == lost.HostId);

        // Its session ended, and the store never heard of it.
        Engine.Get<HostPresence>().Closed(lost.HostId, lost.Epoch);
        var repair = Engine.Get<PresenceRepair>();
        Engine.Time.Advance(TimeSpan.FromSeconds(4));
        await repair.RunAsync(Cancel);
        await (await Engine.AddHostAsync("other")).ByeAsync();
        Assert.True((await HostAsync(lost)).Connected, "Nobody is judged while agents are still coming back.");

        Engine.Time.Advance(TimeSpan.FromSeconds(10));
        await repair.RunAsync(Cancel);
        await UntilAsync(async () => !(await HostAsync(lost)).Connected);
        Assert.Equal(CommandHostStatus.Unreachable, (await Engine.RowsAsync(row.TaskId)).Single(candidate => candidate.Id == row.Id).Status);
        Assert.True((await HostAsync(here)).Connected);
    }

    [Fact]
    public async Task A_session_that_is_opened_while_it_is_looked_for_is_not_closed()
    {
        var agent = await Engine.AddHostAsync("a");
        Engine.Time.Advance(TimeSpan.FromSeconds(10));

        // What a look that came before the hello would say.
        await Engine.Sessions.CloseUnknownAsync(agent.HostId, agent.Epoch, Cancel);
        await (await Engine.AddHostAsync("b")).ByeAsync();
        Assert.True((await HostAsync(agent)).Connected);
    }

    private async Task<Host> HostAsync(TestAgent agent)
    {
        await using var context = Engine.Read();
        return await context.Hosts.SingleAsync(host => host.Id == agent.HostId, Cancel);
    }
}

public sealed class SqliteSessionOutageTests(SqliteDatabase database) : SessionOutageTests(database), IClassFixture<SqliteDatabase>
{
    protected override string BreakOneHost => "CREATE TRIGGER broken BEFORE UPDATE ON hosts WHEN OLD.name = 'stuck' BEGIN SELECT RAISE(ABORT, 'broken'); END";
}

public sealed class MariaDbSessionOutageTests(MariaDbDatabase database) : SessionOutageTests(database), IClassFixture<MariaDbDatabase>
{
    protected override string BreakOneHost =>
        "CREATE TRIGGER broken BEFORE UPDATE ON hosts FOR EACH ROW BEGIN IF OLD.name = 'stuck' THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'broken'; END IF; END";
}
