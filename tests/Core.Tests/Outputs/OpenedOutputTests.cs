using TaskConsole.Core.Outputs;
using TaskConsole.Core.Results;
using TaskConsole.Core.Tests.Persistence;

namespace TaskConsole.Core.Tests.Outputs;

/// <summary>An output that is read piece by piece while its attempt goes on.</summary>
public abstract class OpenedOutputTests(TestDatabase database) : OutputCase(database)
{
    private const int FrameBytes = 50_000;
    private const int Frames = 20;

    private static readonly byte[] Produced = [.. Enumerable.Range(0, FrameBytes * Frames).Select(offset => (byte)((offset * 31) + (offset >> 8)))];

    [Fact]
    public async Task It_ends_where_it_ended_when_it_was_opened()
    {
        var (agent, key) = await RunningAsync();
        await SendAsync(agent, key, 0, 3);
        var opened = await OpenAsync(key, OutputSelection.Both, default);
        await SendAsync(agent, key, 3, 5);
        Assert.Equal((new OutputCursor(3 * FrameBytes, 0), false), (opened.Next, opened.Complete));
        Assert.Equal(Produced[..(3 * FrameBytes)], await BytesAsync(opened));

        var rest = await OpenAsync(key, OutputSelection.Both, opened.Next);
        Assert.Equal(Produced[(3 * FrameBytes)..(5 * FrameBytes)], await BytesAsync(rest));
        var behind = await OpenAsync(key, OutputSelection.Stdout, new OutputCursor(long.MaxValue, 0));
        Assert.Empty(await BytesAsync(behind));
        Assert.Equal(long.MaxValue, behind.Next.Stdout);
    }

    [Fact]
    public async Task It_goes_on_when_it_is_sealed_meanwhile()
    {
        var (agent, key) = await RunningAsync();
        await SendAsync(agent, key, 0, Frames);
        var opened = await OpenAsync(key, OutputSelection.Both, default);
        await using var chunks = opened.Chunks.GetAsyncEnumerator(Cancel);
        Assert.True(await chunks.MoveNextAsync());
        var read = chunks.Current.Content.ToArray().ToList();
        await agent.FinishedAsync(key, stdout: Produced.Length);
        await Engine.FlushAsync();
        while (await chunks.MoveNextAsync())
        {
            Assert.False(chunks.Current.Omitted);
            read.AddRange(chunks.Current.Content.ToArray());
        }

        Assert.Equal(Produced, read);
        Assert.False(opened.Complete);
        Assert.True((await OpenAsync(key, OutputSelection.Both, opened.Next)).Complete);
    }

    [Fact]
    public async Task What_went_meanwhile_is_named_and_the_offsets_hold()
    {
        var (agent, key) = await RunningAsync();
        await SendAsync(agent, key, 0, Frames);
        var opened = await OpenAsync(key, OutputSelection.Stdout, default);

        // The tail moves on: what stood between it and the head is dropped.
        await agent.OmittedAsync(key, OutputStream.Stdout, Produced.Length, 10 * Produced.Length);
        await Engine.FlushAsync();
        var position = 0L;
        await foreach (var chunk in opened.Chunks)
        {
            Assert.Equal(position, chunk.Offset);
            Assert.True(chunk.Omitted || chunk.Content.Span.SequenceEqual(Produced.AsSpan((int)position, (int)chunk.Length)));
            position += chunk.Length;
        }

        Assert.Equal(Produced.Length, position);
    }

    private async Task SendAsync(TestAgent agent, AttemptKey key, int from, int until) => await Engine.Get<ResultCommitter>().CommitAsync(
        [.. Enumerable.Range(from, until - from).Select(frame => Frame(agent, key, OutputStream.Stdout, frame * FrameBytes, Produced[(frame * FrameBytes)..((frame + 1) * FrameBytes)], frame + 1))],
        Cancel);

    private static async Task<byte[]> BytesAsync(OutputContent opened)
    {
        var bytes = new List<byte>();
        await foreach (var chunk in opened.Chunks)
        {
            bytes.AddRange(chunk.Content.ToArray());
        }

        return [.. bytes];
    }
}

public sealed class SqliteOpenedOutputTests(SqliteDatabase database) : OpenedOutputTests(database), IClassFixture<SqliteDatabase>;

public sealed class MariaDbOpenedOutputTests(MariaDbDatabase database) : OpenedOutputTests(database), IClassFixture<MariaDbDatabase>;
