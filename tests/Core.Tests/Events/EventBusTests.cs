using System.Collections.Immutable;
using TaskConsole.Core.Events;

namespace TaskConsole.Core.Tests.Events;

public sealed class EventBusTests
{
    private static readonly Guid Task1 = Guid.CreateVersion7();
    private static readonly Guid Row1 = Guid.Parse("0198a000-0000-7000-8000-000000000001");
    private static readonly Guid Row2 = Guid.Parse("0198a000-0000-7000-8000-000000000002");

    private readonly EventBus _bus = new();
    private readonly CancellationToken _cancel = TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_happened_since_the_last_read_comes_as_one_change()
    {
        using var watch = _bus.WatchTask(Task1);
        _bus.Publish(new TaskChange(Task1, [Row1], Everything: false));
        _bus.Publish(new TaskChange(Task1, [Row2, Row1], Everything: false));
        var change = await watch.ReadAsync(_cancel);
        Assert.Equal([Row1, Row2], change.CommandHosts.Order());
        Assert.False(change.Everything);

        _bus.Publish(new TaskChange(Task1, [Row2], Everything: false));
        Assert.Equal([Row2], (await watch.ReadAsync(_cancel)).CommandHosts);
    }

    [Fact]
    public async Task A_flood_is_told_as_everything_and_takes_no_more_memory()
    {
        using var watch = _bus.WatchTask(Task1);
        for (var index = 0; index < 3; index++)
        {
            _bus.Publish(new TaskChange(Task1, [.. Enumerable.Range(0, 1_000).Select(_ => Guid.NewGuid())], Everything: false));
        }

        var change = await watch.ReadAsync(_cancel);
        Assert.True(change.Everything);
        Assert.Empty(change.CommandHosts);
    }

    [Fact]
    public async Task Only_who_watches_that_task_is_told_and_the_list_always()
    {
        using var other = _bus.WatchTask(Guid.CreateVersion7());
        using var list = _bus.WatchTaskList();
        _bus.Publish(new TaskChange(Task1, [Row1], Everything: false));
        Assert.Equal([Task1], (await list.ReadAsync(_cancel)).Tasks);
        await AssertSilentAsync(other);
    }

    [Fact]
    public async Task The_end_of_an_output_is_not_forgotten_by_what_follows_unless_another_attempt_began()
    {
        using var watch = _bus.WatchOutput(Row1);
        _bus.Publish(new OutputChange(Row1, 1, Ended: true));
        _bus.Publish(new OutputChange(Row1, 1, Ended: false));
        Assert.Equal(new OutputChange(Row1, 1, Ended: true), await watch.ReadAsync(_cancel));

        _bus.Publish(new OutputChange(Row1, 1, Ended: true));
        _bus.Publish(new OutputChange(Row1, 2, Ended: false));
        Assert.Equal(new OutputChange(Row1, 2, Ended: false), await watch.ReadAsync(_cancel));
    }

    [Fact]
    public async Task Changes_of_the_fleet_fold()
    {
        using var watch = _bus.WatchFleet();
        _bus.Publish(new FleetChange([Row1], Everything: false));
        _bus.Publish(new FleetChange([], Everything: true));
        var change = await watch.ReadAsync(_cancel);
        Assert.True(change.Everything);
    }

    [Fact]
    public async Task The_list_of_tasks_names_no_more_than_a_watch_may_hold()
    {
        using var watch = _bus.WatchTaskList();
        for (var task = 0; task < TaskChange.MaxNamed; task++)
        {
            _bus.Publish(new TaskChange(Guid.NewGuid(), [], Everything: false));
        }

        var change = await watch.ReadAsync(_cancel);
        Assert.Equal((TaskChange.MaxNamed, false), (change.Tasks.Count, change.Everything));
        for (var task = 0; task < TaskChange.MaxNamed + 10; task++)
        {
            _bus.Publish(new TaskChange(Guid.NewGuid(), [], Everything: false));
        }

        change = await watch.ReadAsync(_cancel);
        Assert.Equal((0, true), (change.Tasks.Count, change.Everything));
    }

    [Fact]
    public async Task A_closed_watch_ends_its_reader_and_is_told_nothing_more()
    {
        var watch = _bus.WatchTask(Task1);
        var second = _bus.WatchTask(Task1);
        var reading = watch.ReadAsync(_cancel).AsTask();
        watch.Dispose();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);

        _bus.Publish(new TaskChange(Task1, [Row1], Everything: false));
        Assert.Equal([Row1], (await second.ReadAsync(_cancel)).CommandHosts);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => watch.ReadAsync(_cancel).AsTask());
        second.Dispose();
        watch.Dispose();
    }

    [Fact]
    public async Task No_change_is_lost_between_many_writers_and_a_reader()
    {
        using var watch = _bus.WatchTask(Task1);
        var expected = Enumerable.Range(0, 400).Select(_ => Guid.NewGuid()).ToImmutableHashSet();
        var seen = ImmutableHashSet<Guid>.Empty;
        var reading = Task.Run(
            async () =>
            {
                while (seen.Count < expected.Count)
                {
                    seen = seen.Union((await watch.ReadAsync(_cancel)).CommandHosts);
                }
            },
            _cancel);
        await Parallel.ForEachAsync(expected, _cancel, (row, _) =>
        {
            _bus.Publish(new TaskChange(Task1, [row], Everything: false));
            return ValueTask.CompletedTask;
        });
        await reading.WaitAsync(TimeSpan.FromSeconds(30), _cancel);
        Assert.Equal(expected.Order(), seen.Order());
    }

    private static async Task AssertSilentAsync<T>(Watch<T> watch)
        where T : class
    {
        using var now = new CancellationTokenSource();
        var reading = watch.ReadAsync(now.Token).AsTask();
        await now.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
    }
}
