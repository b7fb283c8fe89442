using TaskConsole.Core.Queue;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Core.Tests.Queue;

/// <summary>The order in which reasons are judged.</summary>
public sealed class GateTests
{
    private static readonly FleetState Free = new(0, 1, 0, 10, 4);
    private static readonly QueuedTask Task = new(Guid.NewGuid(), null, TaskPriority.Normal, 0, HasReadableSecrets: true);

    [Fact]
    public void Secrets_come_before_the_limit_on_tasks_which_spares_what_runs_and_what_is_critical()
    {
        var full = Free with { TasksInFlight = 1 };
        Assert.Equal("secrets-unreadable", Gate.Judge(Task with { HasReadableSecrets = false }, full)?.Code);
        Assert.Equal("task-limit (limit: 1)", Gate.Judge(Task, full)?.ToString());
        Assert.Null(Gate.Judge(Task with { InFlight = 1 }, full));
        Assert.Null(Gate.Judge(Task with { Priority = TaskPriority.Critical }, full));
        Assert.Null(Gate.Judge(Task, Free));
    }

    [Theory]
    [InlineData(0, 0, 0, 5, null)]
    [InlineData(3, 3, 0, 5, "hosts-away (hosts: 3)")]
    [InlineData(3, 1, 0, 5, "hosts-busy (hosts: 2, limit: 4)")]
    [InlineData(2, 1, 0, 0, "hosts-away (hosts: 1)")]
    [InlineData(3, 1, 1, 0, "fleet-limit (limit: 10)")]
    [InlineData(3, 1, 1, 5, null)]
    public void Hosts_hold_a_task_when_they_hold_every_row_and_else_the_fleet(int ready, int away, int claimable, int room, string? expected) =>
        Assert.Equal(expected, Gate.Judge(new HostTurns(ready, away, claimable, null), Free with { ExecutionsInFlight = 10 - room })?.ToString());
}
