using System.Security.Cryptography;
using BenchmarkDotNet.Attributes;
using TaskConsole.Core.Outputs;

namespace TaskConsole.Benchmarks;

/// <summary>Making one value of the frames of an attempt; the baseline hashes and copies the same bytes.</summary>
[MemoryDiagnoser]
public class SealingBenchmark
{
    private const int FrameBytes = 32 * 1024;

    private readonly OutputLimits _limits = new OutputOptions().LimitsFor(1);
    private readonly Guid _task = Guid.NewGuid();
    private List<OutputFrame> _frames = [];

    /// <summary>Frames of the output.</summary>
    [Params(1, 4, 64)]
    public int Frames { get; set; }

    [GlobalSetup]
    public void MakeFrames() => _frames =
    [
        .. Enumerable.Range(0, Frames).Select(number => new OutputFrame
        {
            CommandHostId = _task,
            Attempt = 1,
            Stream = OutputStream.Stdout,
            Offset = (long)number * FrameBytes,
            Length = FrameBytes,
            Order = number + 1,
            Content = RandomNumberGenerator.GetBytes(FrameBytes),
        }),
    ];

    [Benchmark(Baseline = true)]
    public byte[] HashAndCopy()
    {
        var content = new byte[Frames * FrameBytes];
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var end = 0;
        foreach (var frame in _frames)
        {
            hash.AppendData(frame.Content!);
            frame.Content!.CopyTo(content, end);
            end += FrameBytes;
        }

        return hash.GetHashAndReset();
    }

    [Benchmark]
    public byte[] Seal() => OutputSealer.Seal(_task, _frames, (long)Frames * FrameBytes, 0, _limits).Output.Hash;
}
