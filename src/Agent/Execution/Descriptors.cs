using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace TaskConsole.Agent.Execution;

/// <summary>File descriptors that a child is given, or that must not be inherited.</summary>
internal static unsafe class Descriptors
{
    // Above every number that a child is given, so that one dup2 never overwrites the source of another.
    private const int FirstFree = 16;

    // Behind the standard streams.
    private const int FirstOther = 3;

    /// <summary>A pipe; both ends close on exec.</summary>
    public static (SafeFileHandle Read, SafeFileHandle Write) Pipe()
    {
        var ends = stackalloc int[2];
        if (Libc.Pipe(ends, Libc.CloseOnExec) != 0)
            throw Libc.Failure("pipe");
        return (MoveUp(ends[0]), MoveUp(ends[1]));
    }

    /// <summary>Two sockets that are connected with each other; both close on exec.</summary>
    public static (SafeFileHandle One, SafeFileHandle Other) SocketPair()
    {
        var ends = stackalloc int[2];
        if (Libc.SocketPair(Libc.UnixFamily, Libc.StreamSocket | Libc.CloseOnExec, 0, ends) != 0)
            throw Libc.Failure("socketpair");
        return (MoveUp(ends[0]), MoveUp(ends[1]));
    }

    /// <summary>From now on a call that would wait fails with EAGAIN.</summary>
    public static void DoNotWait(SafeFileHandle descriptor) =>
        _ = Libc.Fcntl((int)descriptor.DangerousGetHandle(), Libc.SetStatusFlags, Libc.NonBlocking);

    /// <summary>Opens a path; closes on exec.</summary>
    public static SafeFileHandle Open(string path, int flags, uint mode = 0)
    {
        var descriptor = Libc.Open(path, flags | Libc.CloseOnExec, mode);
        if (descriptor < 0)
            throw Libc.Failure(path);
        return MoveUp(descriptor);
    }

    /// <summary>Writes all of it, or throws.</summary>
    public static void WriteAll(SafeFileHandle target, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)
        {
            var written = 0;
            while (written < bytes.Length)
            {
                var count = Libc.Write((int)target.DangerousGetHandle(), start + written, bytes.Length - written);
                if (count < 0 && Marshal.GetLastPInvokeError() != Libc.ErrnoInterrupted)
                    throw Libc.Failure("write");
                written += (int)Math.Max(count, 0);
            }
        }
    }

    /// <summary>Reads some bytes; 0 at the end.</summary>
    public static int Read(SafeFileHandle source, Span<byte> buffer) => TryRead(source, buffer) ?? throw Libc.Failure("read");

    /// <summary>As <see cref="Read"/>; null when nothing is there now and <see cref="DoNotWait"/> was called.</summary>
    public static int? TryRead(SafeFileHandle source, Span<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            while (true)
            {
                var count = Libc.Read((int)source.DangerousGetHandle(), start, buffer.Length);
                if (count >= 0)
                    return (int)count;
                if (Marshal.GetLastPInvokeError() == Libc.ErrnoAgain)
                    return null;
                if (Marshal.GetLastPInvokeError() != Libc.ErrnoInterrupted)
                    throw Libc.Failure("read");
            }
        }
    }

    /// <summary>Reads until the buffer is full or the source ends; returns how much came.</summary>
    public static int ReadFull(SafeFileHandle source, Span<byte> buffer)
    {
        var filled = 0;
        while (filled < buffer.Length)
        {
            var count = Read(source, buffer[filled..]);
            if (count == 0)
                break;
            filled += count;
        }

        return filled;
    }

    /// <summary>
    /// Whatever this process was given beside its standard streams goes no further: whoever started it may
    /// have left descriptors open.
    /// </summary>
    public static void KeepFromChildren()
    {
        const uint last = uint.MaxValue;
        if (Libc.CloseRange(FirstOther, last, Libc.CloseRangeOnExec) == 0)
            return;
        // Kernels before 5.11 do not know the flag.
        foreach (var path in Directory.EnumerateFiles("/proc/self/fd").ToList())
        {
            if (int.TryParse(Path.GetFileName(path.AsSpan()), out var descriptor) && descriptor >= FirstOther)
                _ = Libc.Fcntl(descriptor, Libc.SetDescriptorFlags, 1);
        }
    }

    /// <summary>Takes over a descriptor that a call gave; it gets a number above those that a child is given.</summary>
    public static SafeFileHandle MoveUp(int descriptor)
    {
        if (descriptor >= FirstFree)
            return new SafeFileHandle(descriptor, ownsHandle: true);
        var moved = Libc.Fcntl(descriptor, Libc.DuplicateCloseOnExec, FirstFree);
        if (moved < 0)
            throw Libc.Failure("fcntl");
        _ = Libc.Close(descriptor);
        return new SafeFileHandle(moved, ownsHandle: true);
    }
}
