using Microsoft.EntityFrameworkCore;
using TaskConsole.Core.Hosts;
using TaskConsole.Core.Outputs;
using TaskConsole.Core.Results;
using TaskConsole.Core.Tests.Persistence;

namespace TaskConsole.Core.Tests.Outputs;

/// <summary>Output whose numbers no honest agent sends: what is stored stays whole, and what is read stays in order.</summary>
public abstract class RogueOutputTests(TestDatabase database) : OutputCase(database)
{
    private const long Gibibyte = 1L << 30;

    [Fact]
    public async Task An_omission_that_is_known_in_part_is_kept_from_its_first_new_byte()
    {
        var (agent, key) = await RunningAsync();
        await agent.OmittedAsync(key, OutputStream.Stdout, 0, 5 * Gibibyte);
        await Engine.FlushAsync();
        await agent.OmittedAsync(key, OutputStream.Stdout, 0, 7 * Gibibyte);
        await Engine.FlushAsync();

        // Another console reads the position from the store.
        await using var second = await TestEngine.StartAsync(Database, Settings);
        var again = new TestAgent(second, agent.HostId, agent.Name) { JournalId = agent.JournalId, JournalSequence = agent.JournalSequence };
        var opening = await again.HelloAsync(new JournalEntryReport(key, JournalState.Running, 1, Engine.Time.GetUtcNow()));
        Assert.Equal(7 * Gibibyte, Assert.Single(opening.Attempts).StdoutOffset);
    }

    [Fact]
    public async Task An_order_that_goes_back_costs_no_byte_of_its_stream()
    {
        var (agent, key) = await RunningAsync();
        await agent.OutputAsync(key, OutputStream.Stdout, 0, "hello "u8.ToArray(), order: 10);
        await agent.OutputAsync(key, OutputStream.Stdout, 6, "wor"u8.ToArray(), order: 5);
        await agent.OutputAsync(key, OutputStream.Stderr, 0, "!"u8.ToArray(), order: long.MaxValue);
        await agent.OutputAsync(key, OutputStream.Stdout, 9, "ld"u8.ToArray(), order: 5);
        await Engine.FlushAsync();
        Assert.Equal("hello world!", Text(await ReadAsync(key, OutputSelection.Both, default)));
        Assert.Equal("hello world", Text(await ReadAsync(key, OutputSelection.Stdout, default)));

        await agent.FinishedAsync(key, stdout: 11, stderr: 1);
        await Engine.FlushAsync();
        var ended = await ReadAsync(key, OutputSelection.Both, default);
        Assert.Equal("hello world!", Text(ended));
        Assert.DoesNotContain(ended.Chunks, chunk => chunk.Omitted);
        Assert.Equal("hello world", Text(await ReadAsync(key, OutputSelection.Stdout, default)));
    }

    [Fact]
    public async Task Bytes_that_are_missing_are_told_however_many_they_are()
    {
        var (agent, key) = await RunningAsync();
        await agent.OmittedAsync(key, OutputStream.Stdout, 0, long.MaxValue - 1);
        await agent.OmittedAsync(key, OutputStream.Stderr, 0, long.MaxValue - 1);
        await agent.FinishedAsync(key, stdout: long.MaxValue - 1, stderr: long.MaxValue - 1);
        await Engine.FlushAsync();
        Assert.True((await ViewAsync(key)).Truncated);
        var slice = await ReadAsync(key, OutputSelection.Both, default);
        Assert.Equal([long.MaxValue - 1, long.MaxValue - 1], slice.Chunks.Select(chunk => chunk.Length));
        Assert.True(slice.Complete);
        await using var context = Engine.Read();
        Assert.Empty(context.OutputFrames);
    }

    [Fact]
    public async Task Small_frames_of_one_transaction_become_one_row_of_each_stream()
    {
        var (agent, key) = await RunningAsync();
        var frames = Enumerable.Range(0, 900).Select(number => Frame(agent, key, number % 2 == 0 ? OutputStream.Stdout : OutputStream.Stderr, number / 2, [(byte)number], number + 1)).ToList();
        await Engine.Get<ResultCommitter>().CommitAsync(frames, Cancel);
        await using (var context = Engine.Read())
        {
            Assert.Equal([450L, 450L], await context.OutputFrames.Select(frame => frame.Length).ToListAsync(Cancel));
        }

        var expected = Enumerable.Range(0, 900).Select(number => (byte)number).ToArray();
        Assert.Equal(expected, Bytes(await ReadAsync(key, OutputSelection.Both, default)));
        await agent.FinishedAsync(key, stdout: 450, stderr: 450);
        await Engine.FlushAsync();
        Assert.Equal(expected, Bytes(await ReadAsync(key, OutputSelection.Both, default)));
    }

    [Fact]
    public async Task Omissions_of_one_transaction_become_one_row()
    {
        var (agent, key) = await RunningAsync();
        List<AttemptEvent> frames =
        [
            Frame(agent, key, OutputStream.Stdout, 0, "head"u8.ToArray(), 1),
            .. Enumerable.Range(4, 500).Select(offset => Frame(agent, key, OutputStream.Stdout, offset, null, 2)),
            Frame(agent, key, OutputStream.Stdout, 504, "tail"u8.ToArray(), 3),
        ];
        await Engine.Get<ResultCommitter>().CommitAsync(frames, Cancel);
        await using (var context = Engine.Read())
        {
            Assert.Equal(3, await context.OutputFrames.CountAsync(Cancel));
        }

        Assert.Equal(
            [(0, 4, false), (4, 500, true), (504, 4, false)],
            (await ReadAsync(key, OutputSelection.Both, default)).Chunks.Select(chunk => (chunk.Offset, chunk.Length, chunk.Omitted)));
    }

    [Fact]
    public async Task Times_of_an_attempt_lie_between_its_dispatch_and_now()
    {
        var (agent, key) = await DispatchedAsync();
        var dispatched = Engine.Time.GetUtcNow();
        Engine.Time.Advance(TimeSpan.FromSeconds(10));
        var now = Engine.Time.GetUtcNow();
        await Engine.Pipeline.SubmitAsync(
            new AttemptStarted(key, agent.HostId, agent.Epoch, agent) { JournalSequence = 2, ClaimedAt = DateTimeOffset.UnixEpoch, StartedAt = DateTimeOffset.UnixEpoch },
            Cancel);
        await Engine.FlushAsync();
        Assert.Equal(dispatched, (await ViewAsync(key)).StartedAt);

        await Engine.Pipeline.SubmitAsync(
            new AttemptFinished(key, agent.HostId, agent.Epoch, agent)
            {
                Outcome = AttemptOutcome.Exited,
                ExitCode = 0,
                ClaimedAt = DateTimeOffset.UnixEpoch,
                StartedAt = DateTimeOffset.UnixEpoch,
                FinishedAt = now.AddYears(100),
                TermSentAt = DateTimeOffset.UnixEpoch,
                KillSentAt = now.AddYears(100),
            },
            Cancel);
        await Engine.FlushAsync();
        await using var context = Engine.Read();
        var result = await context.CommandResults.SingleAsync(Cancel);
        Assert.Equal((dispatched, dispatched, now, dispatched, now), (result.ClaimedAt, result.StartedAt, result.FinishedAt, result.TermSentAt, result.KillSentAt));
        Assert.Equal((dispatched, now), ((await ViewAsync(key)).StartedAt, (await ViewAsync(key)).FinishedAt));
    }
}

public sealed class SqliteRogueOutputTests(SqliteDatabase database) : RogueOutputTests(database), IClassFixture<SqliteDatabase>;

public sealed class MariaDbRogueOutputTests(MariaDbDatabase database) : RogueOutputTests(database), IClassFixture<MariaDbDatabase>;
