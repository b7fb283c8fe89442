using System.Buffers;
using System.Diagnostics;
using Microsoft.Win32.SafeHandles;
using TaskConsole.Agent.Execution;
using TaskConsole.Agent.Masking;
using TaskConsole.Agent.Spool;

namespace TaskConsole.Agent.Supervision;

/// <summary>
/// The one thread that reads both pipes of a script, so that the order of arrival over them is known. Masks,
/// then numbers and spools. A first piece goes on at once; what follows within <see cref="Gather"/> goes
/// together, as long as it is of the same stream.
/// </summary>
internal sealed class OutputPump : IDisposable
{
    // What a pipe can hold, at most; somebody who still writes cannot keep a stopped pump alive.
    private const int RoundsAfterStop = 16;
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(30);
    private readonly Source[] _sources;
    private readonly SpoolWriter _spool;
    private readonly Action _changed;
    private readonly Thread _thread;
    private readonly (SafeFileHandle Read, SafeFileHandle Write) _stop = Descriptors.Pipe();
    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(SpoolFrame.MaximumLength);
    private SpoolStream _gathering = SpoolStream.Stdout;
    private readonly ArrayBufferWriter<byte> _gathered = new();
    private long _lastFlush;

    /// <param name="changed">Called after bytes were spooled.</param>
    /// <param name="closed">Called when both streams have ended and all of them is spooled.</param>
    public OutputPump(
        SafeFileHandle stdout,
        SafeFileHandle stderr,
        IReadOnlyList<byte[]> secrets,
        SpoolWriter spool,
        Action changed,
        Action closed)
    {
        // A process of the script may read from its own pipe, and take what poll saw: a read must not wait then.
        Descriptors.DoNotWait(stdout);
        Descriptors.DoNotWait(stderr);
        var automaton = SecretAutomaton.ForSecrets(secrets);
        _sources =
        [
            new Source(SpoolStream.Stdout, stdout, new SecretMasker(automaton)),
            new Source(SpoolStream.Stderr, stderr, new SecretMasker(automaton)),
        ];
        _spool = spool;
        _changed = changed;
        _thread = new Thread(() =>
        {
            Run();
            closed();
        })
        { IsBackground = true, Name = "output" };
        _thread.Start();
    }

    /// <summary>Takes what is in the pipes now and ends, though somebody still holds their other end. The pipes stay open until this is disposed.</summary>
    public void Stop()
    {
        Descriptors.WriteAll(_stop.Write, [1]);
        _thread.Join();
    }

    public void Dispose()
    {
        foreach (var source in _sources)
            source.Pipe.Dispose();
        _stop.Read.Dispose();
        _stop.Write.Dispose();
    }

    private void Run()
    {
        var stopping = false;
        var roundsLeft = RoundsAfterStop;
        while (_sources.Any(source => !source.Ended))
        {
            var ready = Poll(out var stopAsked, stopping ? TimeSpan.Zero : TimeLeftToGather());
            foreach (var source in _sources)
            {
                if ((ready & (1 << (int)source.Stream)) != 0)
                    ReadSome(source);
            }

            if (stopping && (ready == 0 || roundsLeft-- == 0))
                break;
            stopping |= stopAsked;
            if (TimeLeftToGather() == TimeSpan.Zero)
                Flush();
        }

        foreach (var source in _sources)
            End(source);
        Flush();
    }

    // Bits of the streams that can be read; waits without end when nothing is gathered.
    private unsafe int Poll(out bool stopAsked, TimeSpan? patience)
    {
        var descriptors = stackalloc Libc.PollDescriptor[3];
        for (var i = 0; i < _sources.Length; i++)
        {
            // poll(2) passes over negative descriptors.
            descriptors[i].Descriptor = _sources[i].Ended ? -1 : (int)_sources[i].Pipe.DangerousGetHandle();
            descriptors[i].Events = Libc.PollIn;
        }

        descriptors[2].Descriptor = (int)_stop.Read.DangerousGetHandle();
        descriptors[2].Events = Libc.PollIn;
        var milliseconds = patience is { } left ? (int)Math.Ceiling(left.TotalMilliseconds) : -1;
        _ = Libc.Poll(descriptors, 3, milliseconds);
        stopAsked = descriptors[2].Returned != 0;
        var ready = 0;
        for (var i = 0; i < _sources.Length; i++)
        {
            if (descriptors[i].Returned != 0)
                ready |= 1 << (int)_sources[i].Stream;
        }

        return ready;
    }

    private void ReadSome(Source source)
    {
        if (Descriptors.TryRead(source.Pipe, _buffer) is not { } count)
            return;
        TurnTo(source.Stream);
        if (count == 0)
            End(source);
        else
            source.Masker.Write(_buffer.AsSpan(0, count), _gathered);
        if (_gathered.WrittenCount >= SpoolFrame.MaximumLength)
            Flush();
    }

    private void End(Source source)
    {
        TurnTo(source.Stream);
        source.Masker.Complete(_gathered);
        source.Ended = true;
    }

    private void TurnTo(SpoolStream stream)
    {
        if (_gathering != stream)
            Append();
        _gathering = stream;
    }

    private TimeSpan? TimeLeftToGather()
    {
        if (_gathered.WrittenCount == 0)
            return null;
        var left = Gather - Stopwatch.GetElapsedTime(_lastFlush);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    private void Flush()
    {
        Append();
        _lastFlush = Stopwatch.GetTimestamp();
        _changed();
    }

    private void Append()
    {
        if (_gathered.WrittenCount > 0)
            _spool.Append(_gathering, _gathered.WrittenSpan);
        _gathered.ResetWrittenCount();
    }

    private sealed class Source(SpoolStream stream, SafeFileHandle pipe, SecretMasker masker)
    {
        public SpoolStream Stream { get; } = stream;

        public SafeFileHandle Pipe { get; } = pipe;

        public SecretMasker Masker { get; } = masker;

        public bool Ended { get; set; }
    }
}
