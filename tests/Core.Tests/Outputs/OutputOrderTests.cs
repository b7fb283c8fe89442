using System.Globalization;
using TaskConsole.Core.Outputs;
using TaskConsole.Core.Results;
using TaskConsole.Core.Tests.Persistence;

namespace TaskConsole.Core.Tests.Outputs;

/// <summary>However frames are cut, committed and merged, a reader gets the bytes of both streams in the order in which they arrived at the host.</summary>
public abstract class OutputOrderTests(TestDatabase database, ITestOutputHelper log) : OutputCase(database)
{
    private const int Rounds = 25;

    /// <summary>All of it is kept.</summary>
    protected override IReadOnlyDictionary<string, string?> Settings { get; } = new Dictionary<string, string?>(StringComparer.Ordinal)
    {
        ["Output:KeptHeadBytes"] = (4 * 1024 * 1024).ToString(CultureInfo.InvariantCulture),
    };

    [Fact]
    public async Task What_is_read_is_what_arrived_whatever_the_frames()
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable("TASKCONSOLE_TEST_SEED"), NumberStyles.None, CultureInfo.InvariantCulture, out var given) ? given : Random.Shared.Next();
        log.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var agent = await Engine.AddHostAsync("a");
        for (var round = 0; round < Rounds; round++)
        {
            var rows = await DispatchedAsync(Spec("1"));
            var key = Key(rows[0]);
            await agent.StartedAsync(key);
            await Engine.FlushAsync();
            var produced = new Produced(random);
            foreach (var batch in produced.Batches(random))
            {
                await Engine.Get<ResultCommitter>().CommitAsync([.. batch.Select(piece => Frame(agent, key, piece.Stream, piece.Offset, piece.Bytes, piece.Order))], Cancel);
                if (random.Next(4) == 0)
                {
                    // As after a restart: the position is read from the store.
                    Engine.Get<OutputPositions>().Forget(key);
                }
            }

            await AssertReadAsync(key, produced, random);
            await agent.FinishedAsync(key, stdout: produced.Stdout.Length, stderr: produced.Stderr.Length);
            await Engine.FlushAsync();
            await AssertReadAsync(key, produced, random);
        }
    }

    private async Task AssertReadAsync(AttemptKey key, Produced produced, Random random)
    {
        foreach (var selection in Enum.GetValues<OutputSelection>())
        {
            var expected = produced.Of(selection);
            Assert.Equal(expected, await ReadAllAsync(key, selection, default));

            var read = new List<byte>();
            var cursor = OutputCursor.Start;
            while (read.Count < expected.Length)
            {
                var slice = await ReadAsync(key, selection, cursor, random.Next(1, 2_000 + (expected.Length / 4)));
                Assert.NotEmpty(slice.Chunks);
                Assert.DoesNotContain(slice.Chunks, chunk => chunk.Omitted);
                read.AddRange(Bytes(slice));
                cursor = slice.Cursor;
            }

            Assert.Equal(expected, read);
            Assert.Empty((await ReadAsync(key, selection, cursor)).Chunks);
        }

        var from = random.Next(produced.Stdout.Length + 1);
        Assert.Equal(produced.Stdout[from..], await ReadAllAsync(key, OutputSelection.Stdout, new OutputCursor(from, 0)));
        from = random.Next(produced.Stderr.Length + 1);
        Assert.Equal(produced.Stderr[from..], await ReadAllAsync(key, OutputSelection.Stderr, new OutputCursor(0, from)));
    }

    private sealed record Piece(OutputStream Stream, long Offset, byte[] Bytes, long Order);

    /// <summary>Both streams of a script, in pieces of one byte to 64 KiB; orders grow, by one or by more.</summary>
    private sealed class Produced
    {
        private readonly List<Piece> _pieces = [];

        public Produced(Random random)
        {
            var longest = new[] { 1, 3, 100, 20_000, 65_536 }[random.Next(5)];
            var count = random.Next(1, longest > 1_000 ? 20 : 1_500);
            long[] ends = [0, 0, 0];
            var order = 0L;
            for (var number = 0; number < count; number++)
            {
                var stream = random.Next(3) == 0 ? OutputStream.Stderr : OutputStream.Stdout;
                var bytes = new byte[random.Next(1, longest + 1)];
                random.NextBytes(bytes);
                order += random.Next(5) == 0 ? random.Next(1, 1_000) : 1;
                _pieces.Add(new Piece(stream, ends[(int)stream], bytes, order));
                ends[(int)stream] += bytes.Length;
            }
        }

        public byte[] Stdout => Of(OutputSelection.Stdout);

        public byte[] Stderr => Of(OutputSelection.Stderr);

        public byte[] Of(OutputSelection selection) =>
        [
            .. _pieces
                .Where(piece => selection == OutputSelection.Both || piece.Stream == (selection == OutputSelection.Stdout ? OutputStream.Stdout : OutputStream.Stderr))
                .SelectMany(piece => piece.Bytes),
        ];

        /// <summary>What is committed together, in order.</summary>
        public IEnumerable<List<Piece>> Batches(Random random)
        {
            for (var start = 0; start < _pieces.Count;)
            {
                var count = Math.Min(random.Next(1, 400), _pieces.Count - start);
                yield return _pieces.GetRange(start, count);
                start += count;
            }
        }
    }
}

public sealed class SqliteOutputOrderTests(SqliteDatabase database, ITestOutputHelper log) : OutputOrderTests(database, log), IClassFixture<SqliteDatabase>;

public sealed class MariaDbOutputOrderTests(MariaDbDatabase database, ITestOutputHelper log) : OutputOrderTests(database, log), IClassFixture<MariaDbDatabase>;
