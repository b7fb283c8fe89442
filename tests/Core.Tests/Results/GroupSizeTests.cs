using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Microsoft.EntityFrameworkCore;
using TaskConsole.Core.Outputs;
using TaskConsole.Core.Results;
using TaskConsole.Core.Tests.Persistence;

namespace TaskConsole.Core.Tests.Results;

/// <summary>How much goes into one transaction, as the pipeline's own metrics tell it.</summary>
public abstract class GroupSizeTests(TestDatabase database) : EngineTests(database)
{
    [Fact]
    public async Task A_flood_of_large_frames_is_committed_in_groups_of_bounded_size()
    {
        const int Frame = 65_536;
        const int Frames = 200;
        var agent = await Engine.AddHostAsync("h");
        var rows = await DispatchedAsync(Spec("1"));
        using var groups = new GroupListener(Engine.Get<IMeterFactory>());
        await using (var other = Database.Context())
        {
            // Held up, so that all of it gathers.
            await using var transaction = await other.Database.BeginTransactionAsync(Cancel);
            await other.Tasks.Where(task => task.Id == rows[0].TaskId).ExecuteUpdateAsync(set => set.SetProperty(task => task.Description, "held"), Cancel);
            for (var frame = 0; frame < Frames; frame++)
            {
                await agent.OutputAsync(Key(rows[0]), OutputStream.Stdout, frame * Frame, new byte[Frame]);
            }

            await transaction.CommitAsync(Cancel);
        }

        // Agents are told before the group is measured, so its measure is what the test waits for.
        await Engine.WaitAsync(() =>
        {
            Engine.Time.Advance(TimeSpan.FromMilliseconds(1));
            return Task.FromResult(groups.Events.Sum() >= Frames && groups.Events.Count == groups.Bytes.Count);
        });
        Assert.Contains($"committed Stdout {Frames * Frame}", agent.Answers);
        Assert.Equal(Frames, groups.Events.Sum());
        Assert.InRange(groups.Bytes.Max(), Frame, EventGroup.MaxBytes);
    }

    [Fact]
    public async Task Ends_that_seal_much_output_are_not_sealed_all_at_once()
    {
        const int Frame = 65_536;
        var agents = new List<TestAgent>();
        for (var index = 0; index < 6; index++)
        {
            agents.Add(await Engine.AddHostAsync($"h{index}"));
        }

        var rows = await DispatchedAsync(Spec("1"));
        foreach (var (agent, row) in agents.Zip(rows))
        {
            for (var frame = 0; frame < 16; frame++)
            {
                await agent.OutputAsync(Key(row), OutputStream.Stdout, frame * Frame, new byte[Frame]);
            }
        }

        // What is from the start of an output may wait in the queue for its end.
        await Engine.WaitAsync(() => Task.FromResult(agents.TrueForAll(agent => agent.Answers.Contains($"committed Stdout {16 * Frame}"))));
        using var groups = new GroupListener(Engine.Get<IMeterFactory>());
        await using (var other = Database.Context())
        {
            await using var transaction = await other.Database.BeginTransactionAsync(Cancel);
            await other.Tasks.Where(task => task.Id == rows[0].TaskId).ExecuteUpdateAsync(set => set.SetProperty(task => task.Description, "held"), Cancel);
            foreach (var (agent, row) in agents.Zip(rows))
            {
                await agent.FinishedAsync(Key(row), stdout: 16 * Frame);
            }

            await transaction.CommitAsync(Cancel);
        }

        await Engine.WaitAsync(() => Task.FromResult(groups.Events.Sum() >= 6 && groups.Events.Count == groups.Bytes.Count));
        Assert.InRange(groups.Events.Max(), 1, 2);
        await AssertRowsAsync(rows[0].TaskId, [.. Enumerable.Repeat("Succeeded", 6)]);
    }

    [Fact]
    public async Task Output_that_waits_for_its_end_among_that_of_many_is_committed_though_nothing_more_comes()
    {
        const int Frame = 16_384;
        var agents = new List<TestAgent>();
        for (var index = 0; index < 10; index++)
        {
            agents.Add(await Engine.AddHostAsync($"h{index}"));
        }

        var rows = await DispatchedAsync(Spec("1"));
        foreach (var (agent, row) in agents.Zip(rows))
        {
            await agent.OutputAsync(Key(row), OutputStream.Stdout, 0, new byte[Frame]);
        }

        await Engine.WaitAsync(() =>
        {
            Engine.Time.Advance(TimeSpan.FromMilliseconds(1));
            return Task.FromResult(agents.TrueForAll(agent => agent.Answers.Contains($"committed Stdout {Frame}")));
        });
    }

    /// <summary>Sizes of the groups of one engine.</summary>
    private sealed class GroupListener : IDisposable
    {
        private readonly MeterListener _listener = new();

        public GroupListener(IMeterFactory meters)
        {
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == ResultMetrics.MeterName && ReferenceEquals(instrument.Meter.Scope, meters))
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            };
            _listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => Add(Bytes, instrument, "taskconsole.results.group.bytes", value));
            _listener.SetMeasurementEventCallback<int>((instrument, value, _, _) => Add(Events, instrument, "taskconsole.results.group.events", value));
            _listener.Start();
        }

        public ConcurrentQueue<long> Bytes { get; } = new();

        public ConcurrentQueue<long> Events { get; } = new();

        public void Dispose() => _listener.Dispose();

        private static void Add(ConcurrentQueue<long> values, Instrument instrument, string name, long value)
        {
            if (instrument.Name == name)
            {
                values.Enqueue(value);
            }
        }
    }
}

public sealed class SqliteGroupSizeTests(SqliteDatabase database) : GroupSizeTests(database), IClassFixture<SqliteDatabase>;

public sealed class MariaDbGroupSizeTests(MariaDbDatabase database) : GroupSizeTests(database), IClassFixture<MariaDbDatabase>;
