using TaskConsole.Core.Persistence;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Core.Tests.Tasks;

/// <summary>What can be told of a host from a part of its rows, and what is refused.</summary>
public sealed class LedgerHostTests
{
    private static readonly IdBlock Ids = IdBlock.Create(TimeProvider.System);

    [Fact]
    public void One_that_was_begun_and_one_that_is_open_tell_that_it_runs()
    {
        var host = Part((3, CommandHostStatus.Failed), (4, CommandHostStatus.Dispatched), (5, CommandHostStatus.Pending));
        Assert.Equal((HostStage.Running, HostStage.Running), (host.StageBefore, host.Stage));
        Assert.True(host.Suffices(4));
        Assert.Equal(5, host.Next(4)?.Row.CommandIndex);
    }

    [Fact]
    public void All_that_is_untouched_tells_nothing_until_it_is_whole()
    {
        var host = Part((0, CommandHostStatus.Pending), (1, CommandHostStatus.Pending));
        Assert.False(host.Suffices(0));
        Assert.Throws<InvalidOperationException>(() => host.Stage);
        host.Whole = true;
        Assert.Equal(HostStage.Waiting, host.Stage);
    }

    [Fact]
    public void All_that_has_ended_tells_nothing_until_it_is_whole()
    {
        var host = Part((1, CommandHostStatus.Succeeded), (2, CommandHostStatus.Succeeded));
        Assert.False(host.Suffices(1));
        Assert.Throws<InvalidOperationException>(() => host.Stage);
        host.Whole = true;
        Assert.Equal(HostStage.Succeeded, host.Stage);
    }

    [Fact]
    public void The_last_of_a_part_may_have_others_after_it()
    {
        var host = Part((1, CommandHostStatus.Running), (2, CommandHostStatus.Running));
        Assert.False(host.Suffices(2));
        Assert.Throws<InvalidOperationException>(() => host.Next(2));
        host.Whole = true;
        Assert.Null(host.Next(2));
    }

    [Fact]
    public void A_follower_that_waits_no_more_may_have_others_after_it_that_do()
    {
        var host = Part((1, CommandHostStatus.Running), (2, CommandHostStatus.Canceled));
        Assert.False(host.Suffices(1));
        Assert.Throws<InvalidOperationException>(() => host.Next(1));
    }

    [Fact]
    public void A_part_never_answers_for_all_later_ones()
    {
        var host = Part((1, CommandHostStatus.Running), (2, CommandHostStatus.Pending));
        Assert.Throws<InvalidOperationException>(() => host.AllLater(1));
        host.Whole = true;
        Assert.Equal(2, Assert.Single(host.AllLater(1)).Row.CommandIndex);
    }

    private static LedgerHost Part(params (int Index, CommandHostStatus Status)[] rows)
    {
        var host = new LedgerHost();
        foreach (var (index, status) in rows)
        {
            host.Add(new LedgerRow(new CommandHost { Id = Ids[index], CommandIndex = index, HostName = "web-01", Status = status, Attempt = 1 }));
        }

        return host;
    }
}
