using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace TaskConsole.Agent.Execution;

/// <summary>The steps of becoming a script; the one that failed is told.</summary>
internal enum ExecStep
{
    Unknown,
    User,
    WorkingDirectory,
    Script,
    Interpreter,
}

/// <summary>
/// What the exec role tells through descriptor 4: first <c>ready</c>, then errno if execve failed. The
/// descriptor closes on exec, so its end directly after <c>ready</c> means that the script runs.
/// </summary>
internal readonly record struct ExecReport(ExecStep Step, int Errno)
{
    private const int Length = 8;
    private const int ReadyMark = -1;

    public static ExecReport Started => default;

    public bool HasStarted => this == Started;

    /// <summary>False when the supervisor is gone.</summary>
    public static bool TryWriteReady(SafeFileHandle target) => TryWrite(target, ExecStep.Unknown, ReadyMark);

    /// <summary>False when the supervisor is gone.</summary>
    public static bool TryWriteFailure(SafeFileHandle target, ExecStep step, int errno) => TryWrite(target, step, errno);

    /// <summary>Takes what has come so far; null as long as it is not known whether the script runs.</summary>
    /// <param name="source">Something can be read from it, or it has ended.</param>
    /// <param name="ready">Whether the exec role has come as far as execve.</param>
    public static ExecReport? Read(SafeFileHandle source, ref bool ready)
    {
        Span<byte> message = stackalloc byte[Length];
        if (Descriptors.ReadFull(source, message) < Length)
            return ready ? Started : new ExecReport(ExecStep.Unknown, ReadyMark);
        var errno = BinaryPrimitives.ReadInt32LittleEndian(message[4..]);
        if (errno != ReadyMark)
            return new ExecReport((ExecStep)BinaryPrimitives.ReadInt32LittleEndian(message), errno);
        ready = true;
        return null;
    }

    private static bool TryWrite(SafeFileHandle target, ExecStep step, int errno)
    {
        Span<byte> message = stackalloc byte[Length];
        BinaryPrimitives.WriteInt32LittleEndian(message, (int)step);
        BinaryPrimitives.WriteInt32LittleEndian(message[4..], errno);
        try
        {
            Descriptors.WriteAll(target, message);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
