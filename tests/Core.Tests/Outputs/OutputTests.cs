using System.Text;
using Microsoft.EntityFrameworkCore;
using TaskConsole.Core.Outputs;
using TaskConsole.Core.Problems;
using TaskConsole.Core.Results;
using TaskConsole.Core.Tasks;
using TaskConsole.Core.Tests.Persistence;

namespace TaskConsole.Core.Tests.Outputs;

/// <summary>From frames over the store to a reader, while it runs and after it ended.</summary>
public abstract class OutputTests(TestDatabase database) : OutputCase(database)
{
    private const int Head = 2048;
    private const int Tail = 1024;

    protected override IReadOnlyDictionary<string, string?> Settings { get; } = new Dictionary<string, string?>(StringComparer.Ordinal)
    {
        ["Output:KeptHeadBytes"] = Head.ToString(System.Globalization.CultureInfo.InvariantCulture),
        ["Output:KeptTailBytes"] = Tail.ToString(System.Globalization.CultureInfo.InvariantCulture),
    };

    [Fact]
    public async Task What_is_committed_is_read_while_it_runs_and_is_the_same_after_its_end()
    {
        var (agent, key) = await RunningAsync();
        var bytes = Enumerable.Range(0, 256).Select(value => (byte)value).ToArray();
        await agent.OutputAsync(key, OutputStream.Stdout, 0, bytes);
        await agent.OutputAsync(key, OutputStream.Stdout, 256, bytes);
        await Engine.FlushAsync();
        Assert.Equal(["committed Stdout 512"], agent.Answers.TakeLast(1));

        var live = await ReadAsync(key, OutputSelection.Stdout, default);
        Assert.Equal([.. bytes, .. bytes], Bytes(live));
        Assert.False(live.Complete);
        Assert.Equal(new OutputCursor(512, 0), live.Cursor);
        var part = await ReadAsync(key, OutputSelection.Stdout, new OutputCursor(300, 0));
        Assert.Equal(300, part.Chunks[0].Offset);
        Assert.Equal(bytes[44..], Bytes(part));
        Assert.Empty((await ReadAsync(key, OutputSelection.Stdout, live.Cursor)).Chunks);
        Assert.Equal(512, (await ViewAsync(key)).StdoutBytes);

        await agent.FinishedAsync(key, stdout: 512);
        await Engine.FlushAsync();
        var ended = await ReadAsync(key, OutputSelection.Stdout, default);
        Assert.Equal(Bytes(live), Bytes(ended));
        Assert.True(ended.Complete);
        Assert.Equal(bytes[44..], Bytes(await ReadAsync(key, OutputSelection.Stdout, new OutputCursor(300, 0))));
        var rest = await ReadAsync(key, OutputSelection.Stdout, live.Cursor);
        Assert.Empty(rest.Chunks);
        Assert.True(rest.Complete);
        Assert.Equal((512, 0, false), ((await ViewAsync(key)).StdoutBytes, (await ViewAsync(key)).StderrBytes, (await ViewAsync(key)).Truncated));
        await using var context = Engine.Read();
        Assert.Empty(context.OutputFrames);
    }

    [Fact]
    public async Task On_a_task_of_many_hosts_each_keeps_its_share_and_is_told_so()
    {
        var options = Engine.Get<Microsoft.Extensions.Options.IOptions<OutputOptions>>().Value;
        (options.KeptHeadBytes, options.KeptTailBytes, options.KeptTaskBytes) = (8_192, 8_192, 3 * 2 * 8_192);
        var agents = new List<TestAgent>();
        for (var index = 0; index < 3; index++)
        {
            agents.Add(await Engine.AddHostAsync($"h{index}"));
        }

        var rows = await DispatchedAsync(Spec("1"));
        Assert.All(Engine.Gateway.Executes, order => Assert.Equal(new OutputLimits(4_096, 4_096), order.Output));
        var bytes = Enumerable.Range(0, 16_384).Select(value => (byte)(value / 64)).ToArray();
        await agents[0].OutputAsync(Key(rows[0]), OutputStream.Stdout, 0, bytes);
        await agents[0].FinishedAsync(Key(rows[0]), stdout: bytes.Length);
        await Engine.FlushAsync();
        var kept = await ReadAsync(Key(rows[0]), OutputSelection.Stdout, default);
        Assert.Equal([(0, 4_096, false), (4_096, 8_192, true), (12_288, 4_096, false)], kept.Chunks.Select(chunk => (chunk.Offset, chunk.Length, chunk.Omitted)));
    }

    [Fact]
    public async Task A_repeat_is_dropped_an_overlap_is_cut_and_a_gap_is_asked_for()
    {
        var (agent, key) = await RunningAsync();
        await agent.OutputAsync(key, OutputStream.Stderr, 0, "hello"u8.ToArray());
        await agent.OutputAsync(key, OutputStream.Stderr, 0, "hello"u8.ToArray());
        await Engine.FlushAsync();
        await agent.OutputAsync(key, OutputStream.Stderr, 3, "lo wor"u8.ToArray());
        await Engine.FlushAsync();
        Assert.Equal("hello wor", Text(await ReadAsync(key, OutputSelection.Stderr, default)));

        agent.Answers.Clear();
        await agent.OutputAsync(key, OutputStream.Stderr, 10, "d"u8.ToArray());
        await Engine.FlushAsync();
        Assert.Equal(["committed Stderr 9", "resend Stderr 9"], agent.Answers);
        Assert.Equal("hello wor", Text(await ReadAsync(key, OutputSelection.Stderr, default)));
        await agent.OutputAsync(key, OutputStream.Stderr, 9, "ld"u8.ToArray());
        await agent.FinishedAsync(key, stderr: 11);
        await Engine.FlushAsync();
        Assert.Equal("hello world", Text(await ReadAsync(key, OutputSelection.Stderr, default)));
    }

    [Fact]
    public async Task An_end_waits_for_its_output_so_that_a_terminal_status_never_shows_less_than_there_is()
    {
        var (agent, key) = await RunningAsync();
        await agent.OutputAsync(key, OutputStream.Stdout, 0, "abc"u8.ToArray());
        await agent.FinishedAsync(key, stdout: 6, stderr: 2);
        await Engine.FlushAsync();
        Assert.Contains("resend Stdout 3", agent.Answers);
        Assert.Contains("resend Stderr 0", agent.Answers);
        Assert.DoesNotContain("end", agent.Answers);
        Assert.Equal(CommandHostStatus.Running, (await ViewAsync(key)).Status);

        await agent.OutputAsync(key, OutputStream.Stdout, 3, "def"u8.ToArray());
        await agent.OutputAsync(key, OutputStream.Stderr, 0, "xy"u8.ToArray());
        await agent.FinishedAsync(key, stdout: 6, stderr: 2);
        await Engine.FlushAsync();
        Assert.Equal("end", agent.Answers.Last());
        Assert.Equal(CommandHostStatus.Succeeded, (await ViewAsync(key)).Status);
        Assert.Equal("abcdef", Text(await ReadAsync(key, OutputSelection.Stdout, default)));
        Assert.Equal("xy", Text(await ReadAsync(key, OutputSelection.Stderr, default)));
    }

    [Fact]
    public async Task Only_head_and_tail_are_kept_and_the_omitted_middle_is_named()
    {
        var (agent, key) = await RunningAsync();
        var produced = Produce(10_000);
        for (var offset = 0; offset < produced.Length; offset += 500)
        {
            await agent.OutputAsync(key, OutputStream.Stdout, offset, produced.AsMemory(offset, 500));
            await Engine.FlushAsync();
        }

        await using (var context = Engine.Read())
        {
            var stored = await context.OutputFrames.SumAsync(frame => frame.Content!.Length, Cancel);
            Assert.InRange(stored, Head + Tail, Head + Tail + 1_000);
        }

        var live = await ReadAsync(key, OutputSelection.Stdout, default);
        AssertKept(produced, live, exactly: false);
        await agent.FinishedAsync(key, stdout: produced.Length);
        await Engine.FlushAsync();
        var ended = await ReadAsync(key, OutputSelection.Stdout, default);
        AssertKept(produced, ended, exactly: true);
        Assert.Equal((Head, 10_000L - Head - Tail), (ended.Chunks.Single(chunk => chunk.Omitted).Offset, ended.Chunks.Single(chunk => chunk.Omitted).Length));
        Assert.Equal((10_000, true), ((await ViewAsync(key)).StdoutBytes, (await ViewAsync(key)).Truncated));

        // An address in the omitted part answers from behind it.
        var behind = await ReadAsync(key, OutputSelection.Stdout, new OutputCursor(5_000, 0));
        Assert.Equal(produced[^Tail..], Bytes(behind));
        Assert.Equal(10_000, behind.Cursor.Stdout);
    }

    [Fact]
    public async Task What_the_host_left_out_makes_no_gap_and_the_kept_value_is_the_same()
    {
        var agents = new[] { await Engine.AddHostAsync("a"), await Engine.AddHostAsync("b"), await Engine.AddHostAsync("c") };
        var rows = await DispatchedAsync(Spec("1"));
        var produced = Produce(10_000);

        // All of it in one group; by halves with the middle left out; only as much as must be kept.
        await SendAsync(agents[0], Key(rows[0]), produced, (0, 10_000));
        await SendAsync(agents[1], Key(rows[1]), produced, (0, 4_000), (-4_000, 7_000), (7_000, 10_000));
        await Engine.FlushAsync();
        await SendAsync(agents[2], Key(rows[2]), produced, (0, Head), (-Head, 10_000 - Tail), (10_000 - Tail, 10_000));
        foreach (var (agent, row) in agents.Zip(rows))
        {
            await agent.FinishedAsync(Key(row), stdout: produced.Length);
        }

        await AssertRowsAsync(rows[0].TaskId, "Succeeded", "Succeeded", "Succeeded");
        await using var context = Engine.Read();
        Assert.Equal(1, await context.Outputs.CountAsync(Cancel));
        Assert.Single((await Engine.RowsAsync(rows[0].TaskId)).Select(row => Convert.ToHexString(row.OutputHash!)).Distinct());
        foreach (var row in rows)
        {
            AssertKept(produced, await ReadAsync(Key(row), OutputSelection.Stdout, default), exactly: true);
        }
    }

    [Fact]
    public async Task Same_output_is_stored_once_and_any_difference_apart()
    {
        var agents = new List<TestAgent>();
        for (var index = 0; index < 6; index++)
        {
            agents.Add(await Engine.AddHostAsync($"h{index}"));
        }

        var rows = await DispatchedAsync(Spec("1"));
        (string Stdout, string Stderr)[] outputs = [("same", ""), ("same", ""), ("same", ""), ("", "same"), ("sam", "e"), ("", "")];
        foreach (var (agent, row, output) in agents.Zip(rows, outputs))
        {
            await agent.OutputAsync(Key(row), OutputStream.Stdout, 0, Encoding.UTF8.GetBytes(output.Stdout));
            await agent.OutputAsync(Key(row), OutputStream.Stderr, 0, Encoding.UTF8.GetBytes(output.Stderr));
            await agent.FinishedAsync(Key(row), stdout: output.Stdout.Length, stderr: output.Stderr.Length);
        }

        await Engine.FlushAsync();
        var hashes = (await Engine.RowsAsync(rows[0].TaskId)).ConvertAll(row => Convert.ToHexString(row.OutputHash!));
        Assert.Single(hashes[..3].Distinct());
        Assert.Equal(4, hashes.Distinct().Count());
        await using var context = Engine.Read();
        Assert.Equal(4, await context.Outputs.CountAsync(Cancel));
        foreach (var (row, output) in rows.Zip(outputs))
        {
            Assert.Equal(output.Stdout, Text(await ReadAsync(Key(row), OutputSelection.Stdout, default)));
            Assert.Equal(output.Stderr, Text(await ReadAsync(Key(row), OutputSelection.Stderr, default)));
        }
    }

    [Fact]
    public async Task Both_streams_interleave_as_they_arrived_at_the_host_and_a_cursor_goes_on_where_it_stopped()
    {
        var (agent, key) = await RunningAsync();
        await agent.OutputAsync(key, OutputStream.Stdout, 0, "out1 "u8.ToArray(), order: 1);
        await agent.OutputAsync(key, OutputStream.Stderr, 0, "err1 "u8.ToArray(), order: 2);
        await agent.OutputAsync(key, OutputStream.Stdout, 5, "out2 "u8.ToArray(), order: 3);
        await agent.OutputAsync(key, OutputStream.Stdout, 10, "out3 "u8.ToArray(), order: 4);
        await agent.OutputAsync(key, OutputStream.Stderr, 5, "err2"u8.ToArray(), order: 5);
        await Engine.FlushAsync();
        Assert.Equal("out1 err1 out2 out3 err2", await PagedAsync(key, 7));
        Assert.Equal("out1 err1 out2 out3 err2", Text(await ReadAsync(key, OutputSelection.Both, default)));

        await agent.FinishedAsync(key, stdout: 15, stderr: 9);
        await Engine.FlushAsync();
        Assert.Equal("out1 err1 out2 out3 err2", await PagedAsync(key, 7));
        Assert.Equal("out1 err1 out2 out3 err2", Text(await ReadAsync(key, OutputSelection.Both, default)));
        Assert.Equal("out2 out3 err2", Text(await ReadAsync(key, OutputSelection.Both, new OutputCursor(5, 5))));
    }

    [Fact]
    public async Task Each_attempt_keeps_its_own_output()
    {
        var agent = await Engine.AddHostAsync("a");
        var rows = await DispatchedAsync(Spec() with { Commands = [new Core.Tasks.Composing.CommandSpec { Script = "1", Retries = 1 }] });
        await agent.OutputAsync(Key(rows[0]), OutputStream.Stdout, 0, "first"u8.ToArray());
        await agent.FinishedAsync(Key(rows[0]), exitCode: 1, stdout: 5);
        await Engine.FlushAsync();
        await Engine.DispatchAsync();
        var second = new AttemptKey(rows[0].Id, 2);
        await agent.OutputAsync(second, OutputStream.Stdout, 0, "second"u8.ToArray());
        await Engine.FlushAsync();

        var slice = (await Engine.Outputs.ReadAsync(rows[0].Id, null, OutputSelection.Both, default, 1_000, TestEngine.Me, Cancel)).Value;
        Assert.Equal((2, "second", false), (slice.Attempt, Text(slice), slice.Complete));
        Assert.Equal("first", Text(await ReadAsync(Key(rows[0]), OutputSelection.Both, default)));
        Assert.True((await ReadAsync(Key(rows[0]), OutputSelection.Both, default)).Complete);
        foreach (var attempt in new[] { 0, 3, -1 })
        {
            AssertProblem<Problem.NotFound>((await Engine.Outputs.ReadAsync(rows[0].Id, attempt, OutputSelection.Both, default, 1_000, TestEngine.Me, Cancel)).Problem);
        }

        AssertProblem<Problem.NotFound>((await Engine.Outputs.ReadAsync(Guid.NewGuid(), null, OutputSelection.Both, default, 1_000, TestEngine.Me, Cancel)).Problem);
    }

    [Fact]
    public async Task Each_commit_is_told_to_who_watches()
    {
        var (agent, key) = await RunningAsync();
        using var watch = Engine.Get<Core.Events.EventBus>().WatchOutput(key.CommandHostId);
        await agent.OutputAsync(key, OutputStream.Stdout, 0, "a"u8.ToArray());
        Assert.Equal(new Core.Events.OutputChange(key.CommandHostId, 1, Ended: false), await watch.ReadAsync(Cancel));
        Assert.Equal("a", Text(await ReadAsync(key, OutputSelection.Stdout, default)));
        await agent.FinishedAsync(key, stdout: 1);
        Assert.True((await watch.ReadAsync(Cancel)).Ended);
        Assert.True((await ReadAsync(key, OutputSelection.Stdout, default)).Complete);
    }

    [Fact]
    public async Task Output_of_an_attempt_that_its_agent_has_forgotten_is_kept()
    {
        var (agent, key) = await RunningAsync();
        await agent.OutputAsync(key, OutputStream.Stdout, 0, "abc"u8.ToArray());
        await Engine.FlushAsync();
        await agent.OutputAsync(key, OutputStream.Stdout, 3, "def"u8.ToArray());
        await agent.FinishedAsync(key, AttemptOutcome.StartFailed);
        await Engine.FlushAsync();
        Assert.Equal("abcdef", Text(await ReadAsync(key, OutputSelection.Stdout, default)));
        Assert.Equal(6, (await ViewAsync(key)).StdoutBytes);
    }

    [Fact]
    public async Task A_session_that_comes_back_is_told_where_to_go_on()
    {
        var (agent, key) = await RunningAsync();
        await agent.OutputAsync(key, OutputStream.Stdout, 0, "abc"u8.ToArray());
        await agent.OutputAsync(key, OutputStream.Stderr, 0, "x"u8.ToArray());
        await Engine.FlushAsync();
        await agent.ByeAsync();
        var opening = await agent.HelloAsync(new Core.Hosts.JournalEntryReport(key, Core.Hosts.JournalState.Running, 1, Engine.Time.GetUtcNow()));
        var answer = Assert.Single(opening.Attempts);
        Assert.Equal((Core.Hosts.ReconcileVerdict.Keep, 3L, 1L), (answer.Verdict, answer.StdoutOffset, answer.StderrOffset));
        await agent.OutputAsync(key, OutputStream.Stdout, 3, "def"u8.ToArray());
        await agent.FinishedAsync(key, stdout: 6, stderr: 1);
        await Engine.FlushAsync();
        Assert.Equal("abcdef", Text(await ReadAsync(key, OutputSelection.Stdout, default)));
    }

    [Fact]
    public async Task A_restart_in_between_forgets_nothing()
    {
        var (agent, key) = await RunningAsync();
        await agent.OutputAsync(key, OutputStream.Stdout, 0, "abc"u8.ToArray());
        await Engine.FlushAsync();

        await using var second = await TestEngine.StartAsync(Database, Settings);
        var again = new TestAgent(second, agent.HostId, agent.Name) { JournalId = agent.JournalId, JournalSequence = agent.JournalSequence };
        var opening = await again.HelloAsync(new Core.Hosts.JournalEntryReport(key, Core.Hosts.JournalState.Running, 1, Engine.Time.GetUtcNow()));
        Assert.Equal(3, Assert.Single(opening.Attempts).StdoutOffset);
        await again.OutputAsync(key, OutputStream.Stdout, 3, "def"u8.ToArray());
        await again.FinishedAsync(key, stdout: 6);
        await second.FlushAsync();
        Assert.Equal("abcdef", Text(await ReadAsync(key, OutputSelection.Stdout, default)));
    }

    private static byte[] Produce(int length) => [.. Enumerable.Range(0, length).Select(offset => (byte)((offset * 31) + (offset >> 8)))];

    /// <summary>Sends parts as frames of at most 700 bytes; one with a negative beginning is left out.</summary>
    private static async Task SendAsync(TestAgent agent, AttemptKey key, byte[] produced, params (int From, int To)[] parts)
    {
        foreach (var (from, to) in parts)
        {
            if (from < 0)
            {
                await agent.OmittedAsync(key, OutputStream.Stdout, -from, to);
                continue;
            }

            for (var offset = from; offset < to; offset += 700)
            {
                await agent.OutputAsync(key, OutputStream.Stdout, offset, produced.AsMemory(offset, Math.Min(700, to - offset)));
            }
        }
    }

    private async Task<string> PagedAsync(AttemptKey key, int maxBytes)
    {
        var text = new StringBuilder();
        var cursor = OutputCursor.Start;
        while (true)
        {
            var slice = await ReadAsync(key, OutputSelection.Both, cursor, maxBytes);
            if (slice.Chunks.Count == 0)
            {
                return text.ToString();
            }

            Assert.InRange(slice.Chunks.Sum(chunk => chunk.Length), 1, 10);
            Assert.True(OutputCursor.TryParse(slice.Cursor.ToString(), out cursor));
            text.Append(Text(slice));
        }
    }

    private static void AssertKept(byte[] produced, OutputSlice slice, bool exactly)
    {
        var position = 0L;
        foreach (var chunk in slice.Chunks)
        {
            Assert.Equal(position, chunk.Offset);
            if (!chunk.Omitted)
            {
                Assert.Equal(chunk.Length, chunk.Content.Length);
                Assert.Equal(produced[(int)chunk.Offset..(int)(chunk.Offset + chunk.Length)], chunk.Content.ToArray());
            }
            else if (exactly)
            {
                Assert.Equal((Head, produced.Length - Tail), (chunk.Offset, chunk.Offset + chunk.Length));
            }
            else
            {
                Assert.InRange(chunk.Offset, Head, produced.Length - Tail);
                Assert.InRange(chunk.Offset + chunk.Length, Head, produced.Length - Tail);
            }

            position += chunk.Length;
        }

        Assert.Equal(produced.Length, position);
        Assert.Equal(position, slice.Cursor.Stdout);
    }
}

public sealed class SqliteOutputTests(SqliteDatabase database) : OutputTests(database), IClassFixture<SqliteDatabase>;

public sealed class MariaDbOutputTests(MariaDbDatabase database) : OutputTests(database), IClassFixture<MariaDbDatabase>;
