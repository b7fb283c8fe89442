extern alias Agent;

using System.Buffers;
using Agent::TaskConsole.Agent.Masking;
using BenchmarkDotNet.Attributes;

namespace TaskConsole.Benchmarks;

/// <summary>Masking a megabyte of output, in pieces as a pipe gives them; the baseline copies the same pieces.</summary>
[MemoryDiagnoser]
public class MaskingBenchmark
{
    private const int PieceBytes = 32 * 1024;
    private const int Pieces = 32;

    private readonly ArrayBufferWriter<byte> _output = new(2 * PieceBytes);
    private readonly Random _random = new(14);
    private byte[][] _secrets = [];
    private byte[] _text = [];
    private SecretAutomaton? _automaton;
    private SecretMasker? _masker;

    /// <summary>What the secrets and the output are made of.</summary>
    public enum Kind
    {
        /// <summary>One secret of 40 letters in lines of a log.</summary>
        OneInLog,

        /// <summary>One secret of 64 KiB of one letter, and as much of it in the output as there is place for.</summary>
        Repetitive,

        /// <summary>Sixteen secrets of a kilobyte of two letters that hold each other, in output of these letters.</summary>
        Overlapping,

        /// <summary>Keys of 64 KiB in lines of 64 letters, in output of the same letters.</summary>
        KeysInBase64,
    }

    /// <summary>Secrets and output.</summary>
    [ParamsAllValues]
    public Kind Case { get; set; }

    [GlobalSetup]
    public void Make()
    {
        (_secrets, _text) = Case switch
        {
            Kind.Repetitive => (new[] { Repeated("a"u8, 64 * 1024) }, Repeated("a"u8, PieceBytes)),
            Kind.Overlapping => (Enumerable.Range(0, 16).Select(_ => Letters("ab"u8, 1024)).ToArray(), Letters("ab"u8, PieceBytes)),
            Kind.KeysInBase64 => (Enumerable.Range(0, 4).Select(_ => Key()).ToArray(), Letters(Base64, PieceBytes)),
            _ => (new[] { Letters(Base64, 40) }, Repeated("2026-12-01T12:00:00Z web-01 nginx: GET /index.html 200 1043 bytes in 12 ms\n"u8, PieceBytes)),
        };
        _automaton = SecretAutomaton.ForSecrets(_secrets);
        _masker = new SecretMasker(_automaton);
    }

    [Benchmark(Baseline = true)]
    public int Copy()
    {
        var copied = 0;
        for (var piece = 0; piece < Pieces; piece++)
        {
            _output.ResetWrittenCount();
            _output.Write(_text);
            copied += _output.WrittenCount;
        }

        return copied;
    }

    [Benchmark]
    public int Mask()
    {
        var written = 0;
        for (var piece = 0; piece < Pieces; piece++)
        {
            _output.ResetWrittenCount();
            _masker!.Write(_text, _output);
            written += _output.WrittenCount;
        }

        return written;
    }

    /// <summary>What is done once, before a script with these secrets says anything.</summary>
    [Benchmark]
    public int Build() => SecretAutomaton.ForSecrets(_secrets)!.States;

    private static ReadOnlySpan<byte> Base64 => "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"u8;

    private byte[] Letters(ReadOnlySpan<byte> alphabet, int length) => _random.GetItems(alphabet, length);

    private byte[] Key() => [.. Enumerable.Range(0, 250).SelectMany(_ => (byte[])[.. Letters(Base64, 64), (byte)'\n'])];

    private static byte[] Repeated(ReadOnlySpan<byte> part, int length)
    {
        var result = new byte[length];
        for (var i = 0; i < length; i++)
            result[i] = part[i % part.Length];
        return result;
    }
}
