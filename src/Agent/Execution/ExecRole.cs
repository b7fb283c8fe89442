using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using TaskConsole.Agent.Supervision.Messages;

namespace TaskConsole.Agent.Execution;

/// <summary>
/// The role that lives for milliseconds: reads its <see cref="ExecSpec"/> from descriptor 3, becomes the
/// user, and then the interpreter. Standard streams are already those of the script.
/// </summary>
internal static unsafe class ExecRole
{
    /// <summary>The descriptor that the spec comes from.</summary>
    public const int SpecDescriptor = 3;

    /// <summary>The descriptor that <see cref="ExecReport"/> goes to.</summary>
    public const int ReportDescriptor = 4;

    private const int CannotExecute = 126;
    private const int HighestSignal = 64;
    private const nint Ignored = 1;

    /// <summary>Does not return when all goes well.</summary>
    public static int Run()
    {
        var report = Inherit(ReportDescriptor);
        ExecSpec? spec;
        using (var source = Inherit(SpecDescriptor))
            spec = LengthPrefixed.Read(source, ExecSpec.Parser);
        if (spec is null)
            return CannotExecute;
        var (step, errno) = Become(spec, report);
        _ = ExecReport.TryWriteFailure(report, step, errno);
        return CannotExecute;
    }

    private static (ExecStep Step, int Errno) Become(ExecSpec spec, SafeFileHandle report)
    {
        _ = Libc.SetSession();
        _ = Libc.SetFileMask(0b000_010_010);
        if (spec.User is { } user
            && (Libc.InitializeGroups(user.Name, user.Gid) != 0 || Libc.SetGroup(user.Gid) != 0 || Libc.SetUser(user.Uid) != 0))
            return (ExecStep.User, Marshal.GetLastPInvokeError());
        if (Libc.ChangeDirectory(spec.WorkingDirectory) != 0)
            return (ExecStep.WorkingDirectory, Marshal.GetLastPInvokeError());
        if (Libc.Access(Libc.CurrentDirectoryDescriptor, spec.ScriptPath, Libc.CanRead, Libc.EffectiveAccess) != 0)
            return (ExecStep.Script, Marshal.GetLastPInvokeError());
        using var arguments = new NativeStrings([.. spec.Interpreter, spec.ScriptPath]);
        using var environment = new NativeStrings([.. spec.Environment.Select(entry => entry.ToByteArray())]);
        Descriptors.KeepFromChildren();
        // The supervisor may have been killed since: nobody would hear of the script.
        if (!ExecReport.TryWriteReady(report))
            return (ExecStep.Unknown, 0);
        ResetSignals();
        return (ExecStep.Interpreter, Execute(spec, arguments, environment));
    }

    // As execvp(3): an unreadable candidate does not end the search, but is what is told at its end.
    private static int Execute(ExecSpec spec, NativeStrings arguments, NativeStrings environment)
    {
        var told = Libc.ErrnoNotFound;
        foreach (var candidate in Candidates(spec))
        {
            _ = Libc.Execute(candidate, arguments.Pointers, environment.Pointers);
            var errno = Marshal.GetLastPInvokeError();
            if (errno is not (Libc.ErrnoNotFound or Libc.ErrnoNotDirectory or Libc.ErrnoAccess))
                return errno;
            if (errno == Libc.ErrnoAccess)
                told = errno;
        }

        return told;
    }

    private static IEnumerable<string> Candidates(ExecSpec spec)
    {
        var program = spec.Interpreter[0];
        return program.Contains('/')
            ? [program]
            : spec.SearchPath.Split(':', StringSplitOptions.RemoveEmptyEntries).Select(folder => Path.Combine(folder, program));
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
            if (Libc.SignalAction(signal, null, current) == 0 && *(nint*)current == Ignored)
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
