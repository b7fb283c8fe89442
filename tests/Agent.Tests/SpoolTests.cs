using CsCheck;
using TaskConsole.Agent.Spool;
using TaskConsole.Agent.Tests.Agents;

namespace TaskConsole.Agent.Tests;

public sealed class SpoolTests
{
    private static readonly Gen<(SpoolStream Stream, int Length)> Write =
        Gen.Select(Gen.Int[1, 2].Select(number => (SpoolStream)number), Gen.Frequency((3, Gen.Int[1, 300]), (1, Gen.Int[1, 150_000])));

    [Fact]
    public void Head_and_tail_are_kept_to_the_byte_whatever_is_written() =>
        Gen.Select(Gen.Int[0, 200_000], Gen.Int[0, 200_000], Write.Array[1, 12], Gen.Int[0, 500_000]).Sample(
            (head, tail, writes, from) =>
            {
                using var folder = new TemporaryFolder();
                var limits = new SpoolLimits(head, tail);
                var written = new Dictionary<SpoolStream, List<byte>> { [SpoolStream.Stdout] = [], [SpoolStream.Stderr] = [] };
                using var spool = new SpoolWriter(folder.Path, limits);
                foreach (var (stream, length) in writes)
                    Append(spool, written[stream], stream, length);
                foreach (var (stream, all) in written)
                {
                    Assert.Equal(all.Count, spool.Produced(stream));
                    AssertKept(folder.Path, stream, limits, all, 0);
                    AssertKept(folder.Path, stream, limits, all, Math.Min(from, all.Count));
                }

                Assert.True(new DirectoryInfo(folder.Path).EnumerateFiles().Sum(file => file.Length) <= limits.MostBytes + (2 * SpoolFrame.MaximumLength) + (writes.Length * 10 * SpoolFrame.HeaderBytes));
            },
            iter: 300);

    [Fact]
    public void A_reader_that_follows_sees_every_byte_in_order_of_arrival()
    {
        using var folder = new TemporaryFolder();
        var limits = new SpoolLimits(1_000, 1_000_000);
        using var spool = new SpoolWriter(folder.Path, limits);
        using var reader = new SpoolReader(folder.Path, limits);
        Assert.Null(reader.Next());
        var written = new Dictionary<SpoolStream, List<byte>> { [SpoolStream.Stdout] = [], [SpoolStream.Stderr] = [] };
        var read = new Dictionary<SpoolStream, List<byte>> { [SpoolStream.Stdout] = [], [SpoolStream.Stderr] = [] };
        long last = 0;
        for (var i = 0; i < 2_000; i++)
        {
            var stream = i % 3 == 0 ? SpoolStream.Stderr : SpoolStream.Stdout;
            Append(spool, written[stream], stream, 1 + (i % 200));
            // It falls behind at times.
            if (i % 7 != 0)
                continue;
            while (reader.Next() is var (cursor, frame))
            {
                Assert.True(frame.Order >= last);
                last = frame.Order;
                read[cursor.Stream].AddRange(cursor.Read(frame, 100));
            }
        }

        while (reader.Next() is var (cursor, frame))
            read[cursor.Stream].AddRange(cursor.Read(frame, SpoolFrame.MaximumLength));
        Assert.Equal(written, read);
    }

    [Fact]
    public void A_frame_that_was_not_written_to_its_end_is_not_there()
    {
        using var folder = new TemporaryFolder();
        var limits = new SpoolLimits(1_000, 1_000);
        using (var spool = new SpoolWriter(folder.Path, limits))
        {
            spool.Append(SpoolStream.Stdout, "whole"u8);
            spool.Append(SpoolStream.Stdout, "torn"u8);
        }

        var head = new SpoolFiles(folder.Path).Head;
        using (var file = File.OpenWrite(head))
            file.SetLength(file.Length - 1);
        Assert.Equal((5, 0), SpoolReader.Measure(folder.Path, limits));
    }

    [Fact]
    public void A_damaged_spool_gives_the_bytes_that_were_written_or_none() =>
        Gen.Select(Write.Array[1, 8], Gen.Int[0, 1_000_000], Gen.Int[1, 255], Gen.Bool).Sample(
            (writes, place, change, cut) =>
            {
                using var folder = new TemporaryFolder();
                var limits = new SpoolLimits(100_000, 100_000);
                var written = new Dictionary<SpoolStream, List<byte>> { [SpoolStream.Stdout] = [], [SpoolStream.Stderr] = [] };
                using (var spool = new SpoolWriter(folder.Path, limits))
                {
                    foreach (var (stream, length) in writes)
                        Append(spool, written[stream], stream, length);
                }

                var files = Directory.GetFiles(folder.Path).Where(path => new FileInfo(path).Length > 0).Order().ToList();
                var file = files[place % files.Count];
                var bytes = File.ReadAllBytes(file);
                bytes[place % bytes.Length] ^= (byte)change;
                File.WriteAllBytes(file, cut ? bytes[..(place % bytes.Length)] : bytes);

                using var reader = new SpoolReader(folder.Path, limits);
                while (reader.Next() is var (cursor, frame))
                {
                    var at = (int)Math.Max(cursor.Offset, frame.Offset);
                    var read = cursor.Read(frame, 40_000);
                    Assert.Equal(written[cursor.Stream].GetRange(at, read.Length), read);
                }
            },
            iter: 300);

    private static void Append(SpoolWriter spool, List<byte> written, SpoolStream stream, int length)
    {
        var bytes = new byte[length];
        for (var i = 0; i < length; i++)
            bytes[i] = (byte)((written.Count + i) * 31 / 7);
        written.AddRange(bytes);
        spool.Append(stream, bytes);
    }

    private static void AssertKept(string folder, SpoolStream stream, SpoolLimits limits, List<byte> all, long from)
    {
        var have = new bool[all.Count];
        using var reader = new SpoolCursor(new SpoolFiles(folder), stream, limits, from);
        while (reader.TryPeek(out var frame))
        {
            Assert.True(frame.End > reader.Offset);
            var at = Math.Max(reader.Offset, frame.Offset);
            foreach (var value in reader.Read(frame, 40_000))
            {
                Assert.Equal(all[(int)at], value);
                have[at++] = true;
            }
        }

        for (var offset = from; offset < all.Count; offset++)
        {
            if (offset < limits.HeadBytes || offset >= limits.TailStart(all.Count))
                Assert.True(have[offset], $"byte {offset} of {all.Count} is kept");
        }
    }
}
