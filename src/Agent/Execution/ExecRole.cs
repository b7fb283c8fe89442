using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace TaskConsole.Agent.Execution;

/// <summary>
/// The role that lives for milliseconds: reads its <see cref="ExecSpec"/> from descriptor 3, becomes the
/// user, and then the interpreter. Standard streams are already those of the script. Every execution pays for what
/// this role does, so it works on the block as it came.
/// </summary>
internal static unsafe class ExecRole
{
    /// <summary>The descriptor that the spec comes from.</summary>
    public const int SpecDescriptor = 3;

    /// <summary>The descriptor that <see cref="ExecReport"/> goes to.</summary>
    public const int ReportDescriptor = 4;

    private const int CannotExecute = 126;
    private const int HighestSignal = 64;
    private const int LongestPath = 4096;
    private const nint Ignored = 1;

    /// <summary>Does not return when all goes well.</summary>
    public static int Run()
    {
        var report = Inherit(ReportDescriptor);
        byte* block = null;
        try
        {
            using var source = Inherit(SpecDescriptor);
            block = Read(source);
        }
        catch (IOException)
        {
            // Not started by a supervisor: there is no such descriptor.
        }

        if (block is null)
            return CannotExecute;
        var (step, errno) = Become(block, report);
        _ = ExecReport.TryWriteFailure(report, step, errno);
        return CannotExecute;
    }

    private static byte* Read(SafeFileHandle source)
    {
        Span<byte> header = stackalloc byte[ExecSpec.HeaderBytes];
        if (Descriptors.ReadFull(source, header) < header.Length)
            return null;
        var length = MemoryMarshal.Read<int>(header);
        if (length is < ExecSpec.HeaderBytes or > ExecSpec.MostBytes)
            return null;
        // Freed by execve.
        var block = (byte*)NativeMemory.Alloc((nuint)length);
        var whole = new Span<byte>(block, length);
        header.CopyTo(whole);
        var rest = whole[ExecSpec.HeaderBytes..];
        return Descriptors.ReadFull(source, rest) < rest.Length ? null : block;
    }

    private static (ExecStep Step, int Errno) Become(byte* block, SafeFileHandle report)
    {
        var numbers = (int*)block;
        var (hasUser, uid, gid, argumentCount, variableCount) = (numbers[1] != 0, (uint)numbers[2], (uint)numbers[3], numbers[4], numbers[5]);
        var text = block + ExecSpec.HeaderBytes;
        var user = Take(ref text);
        var workingDirectory = Take(ref text);
        var searchPath = Take(ref text);
        var arguments = TakeMany(ref text, argumentCount);
        var variables = TakeMany(ref text, variableCount);
        _ = Libc.SetSession();
        _ = Libc.SetFileMask(0b000_010_010);
        if (hasUser && (Libc.InitializeGroups(user, gid) != 0 || Libc.SetGroup(gid) != 0 || Libc.SetUser(uid) != 0))
            return (ExecStep.User, Marshal.GetLastPInvokeError());
        if (Libc.ChangeDirectory(workingDirectory) != 0)
            return (ExecStep.WorkingDirectory, Marshal.GetLastPInvokeError());
        if (Libc.Access(Libc.CurrentDirectoryDescriptor, arguments[argumentCount - 1], Libc.CanRead, Libc.EffectiveAccess) != 0)
            return (ExecStep.Script, Marshal.GetLastPInvokeError());
        Descriptors.KeepFromChildren();
        // The supervisor may have been killed since: nobody would hear of the script.
        if (!ExecReport.TryWriteReady(report))
            return (ExecStep.Unknown, 0);
        ResetSignals();
        return (ExecStep.Interpreter, Execute(searchPath, arguments, variables));
    }

    private static byte* Take(ref byte* text)
    {
        var taken = text;
        text += MemoryMarshal.CreateReadOnlySpanFromNullTerminated(text).Length + 1;
        return taken;
    }

    private static byte** TakeMany(ref byte* text, int count)
    {
        var many = (byte**)NativeMemory.Alloc((nuint)(count + 1), (nuint)sizeof(byte*));
        for (var i = 0; i < count; i++)
            many[i] = Take(ref text);
        many[count] = null;
        return many;
    }

    // As execvp(3): an unreadable candidate does not end the search, but is what is told at its end.
    private static int Execute(byte* searchPath, byte** arguments, byte** variables)
    {
        var program = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(arguments[0]);
        if (program.Contains((byte)'/'))
        {
            _ = Libc.Execute(arguments[0], arguments, variables);
            return Marshal.GetLastPInvokeError();
        }

        var told = Libc.ErrnoNotFound;
        var candidate = stackalloc byte[LongestPath];
        var path = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(searchPath);
        foreach (var range in path.Split((byte)':'))
        {
            var folder = path[range];
            if (folder.IsEmpty || folder.Length + program.Length + 2 > LongestPath)
                continue;
            var whole = new Span<byte>(candidate, LongestPath);
            folder.CopyTo(whole);
            whole[folder.Length] = (byte)'/';
            program.CopyTo(whole[(folder.Length + 1)..]);
            whole[folder.Length + 1 + program.Length] = 0;
            _ = Libc.Execute(candidate, arguments, variables);
            var errno = Marshal.GetLastPInvokeError();
            if (errno is not (Libc.ErrnoNotFound or Libc.ErrnoNotDirectory or Libc.ErrnoAccess))
                return errno;
            if (errno == Libc.ErrnoAccess)
                told = errno;
        }

        return told;
    }

    // execve keeps what is ignored (the runtime ignores SIGPIPE) and the mask; handlers it resets by itself.
    private static void ResetSignals()
    {
        const int actionBytes = 256;
        var current = stackalloc byte[actionBytes];
        var defaults = stackalloc byte[actionBytes];
        new Span<byte>(defaults, actionBytes).Clear();
        for (var signal = 1; signal <= HighestSignal; signal++)
        {
            if (Libc.SignalAction(signal, null, current) == 0 && Unsafe.ReadUnaligned<nint>(current) == Ignored)
                _ = Libc.SignalAction(signal, defaults, null);
        }

        _ = Libc.SignalMask(Libc.SetMask, defaults, null);
    }

    private static SafeFileHandle Inherit(int descriptor)
    {
        _ = Libc.Fcntl(descriptor, Libc.SetDescriptorFlags, 1);
        return new SafeFileHandle(descriptor, ownsHandle: true);
    }
}
