using TaskConsole.Core.Outputs;

namespace TaskConsole.Core.Tests.Outputs;

/// <summary>What becomes of frames that no honest agent sends when they are sealed.</summary>
public sealed class SealerTests
{
    private static readonly OutputLimits Limits = new(1 << 20, 1 << 20);

    [Fact]
    public void Missing_bytes_have_no_sum_that_hides_them()
    {
        Assert.True(OutputSealer.Seal(Guid.NewGuid(), [], long.MaxValue, long.MaxValue, Limits).Truncated);
        Assert.True(OutputSealer.Seal(Guid.NewGuid(), [], 0, 1, Limits).Truncated);
        Assert.False(OutputSealer.Seal(Guid.NewGuid(), [], 0, 0, Limits).Truncated);
    }

    [Fact]
    public void Streams_that_take_turns_byte_by_byte_keep_every_byte_in_a_layout_that_is_bounded()
    {
        const int each = 400_000;
        var frames = Enumerable.Range(0, 2 * each).Select(number => Frame(number % 2 == 0 ? OutputStream.Stdout : OutputStream.Stderr, number / 2, number + 1)).ToList();
        var (output, truncated) = OutputSealer.Seal(Guid.NewGuid(), frames, each, each, Limits);
        Assert.False(truncated);
        Assert.Equal(2 * each, output.Content.Length);
        var (count, stdout, stderr) = (0, 0L, 0L);
        var pieces = new OutputLayout.Reader(output.Layout);
        while (pieces.MoveNext())
        {
            count++;
            ref var end = ref pieces.Current.Stream == OutputStream.Stdout ? ref stdout : ref stderr;
            Assert.Equal(end, pieces.Current.Offset);
            for (var place = 0; place < pieces.Current.Length; place++)
            {
                Assert.Equal(Content(pieces.Current.Stream, end + place), output.Content[pieces.Position + place]);
            }

            end = pieces.Current.End;

            // Nothing went far: the streams stay abreast.
            Assert.InRange(stdout - stderr, -64, 64);
        }

        Assert.Equal((each, each), (stdout, stderr));
        Assert.InRange(count, 1_000, PieceList.MaxPieces);
        Assert.InRange(output.Layout.Length, 1_000, 2 * PieceList.MaxPieces);
    }

    [Fact]
    public void A_stream_with_holes_at_every_other_byte_keeps_its_beginning_and_its_end()
    {
        const int kept = 400_000;
        var frames = Enumerable.Range(0, kept).Select(number => Frame(OutputStream.Stdout, 2 * number, number + 1)).ToList();
        var (output, truncated) = OutputSealer.Seal(Guid.NewGuid(), frames, 2 * kept, 0, Limits);
        Assert.True(truncated);
        var pieces = new OutputLayout.Reader(output.Layout);
        var count = 0;
        while (pieces.MoveNext())
        {
            Assert.Equal(Content(OutputStream.Stdout, pieces.Current.Offset), output.Content[pieces.Position]);
            count++;
        }

        Assert.Equal((2 * kept) - 1, pieces.Current.End);
        Assert.InRange(count, 1_000, PieceList.MaxPieces);
    }

    [Theory]
    [InlineData(0UL)]
    [InlineData(127UL)]
    [InlineData(128UL)]
    [InlineData(ulong.MaxValue)]
    public void A_packed_number_is_read_as_it_was_written(ulong number)
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>();
        PackedNumbers.Write(buffer, number);
        var position = 0;
        Assert.Equal((number, buffer.WrittenCount), (PackedNumbers.Read(buffer.WrittenSpan, ref position), position));
        Assert.Throws<InvalidDataException>(() =>
        {
            var start = 0;
            PackedNumbers.Read(buffer.WrittenSpan[..^1], ref start);
        });
    }

    private static byte Content(OutputStream stream, long offset) => (byte)((offset * 7) + (int)stream);

    private static OutputFrame Frame(OutputStream stream, long offset, long order) =>
        new() { Stream = stream, Offset = offset, Length = 1, Order = order, Content = [Content(stream, offset)] };
}
