using Microsoft.Win32.SafeHandles;

namespace TaskConsole.Agent.Execution;

/// <summary>Starts a program with exactly the descriptors, arguments and environment given, signals at their defaults.</summary>
internal static unsafe class ChildProcess
{
    private const short SetSignalMask = 8;
    private const short SetSignalDefaults = 4;

    // More than posix_spawn_file_actions_t, posix_spawnattr_t and sigset_t take in any C library.
    private const int OpaqueBytes = 1024;

    /// <summary>Starts it and returns its pid.</summary>
    /// <param name="descriptors">Which descriptor becomes which number in the child.</param>
    /// <param name="blockedSignal">A signal that all its threads begin with blocked; 0: none.</param>
    /// <exception cref="IOException">It could not be started.</exception>
    public static int Start(
        string path,
        IEnumerable<string> arguments,
        IEnumerable<string> environment,
        IReadOnlyList<(SafeFileHandle Source, int Target)> descriptors,
        int blockedSignal = 0)
    {
        using var argumentStrings = new NativeStrings(arguments);
        using var environmentStrings = new NativeStrings(environment);
        var actions = stackalloc byte[OpaqueBytes];
        var attributes = stackalloc byte[OpaqueBytes];
        var mask = stackalloc byte[OpaqueBytes];
        var all = stackalloc byte[OpaqueBytes];
        new Span<byte>(mask, OpaqueBytes).Clear();
        SignalSet.Add(mask, blockedSignal);
        new Span<byte>(all, OpaqueBytes).Fill(0xff);
        _ = Libc.FileActionsInitialize(actions);
        _ = Libc.AttributesInitialize(attributes);
        try
        {
            foreach (var (source, target) in descriptors)
                _ = Libc.FileActionsDuplicate(actions, (int)source.DangerousGetHandle(), target);
            _ = Libc.AttributesSetMask(attributes, mask);
            _ = Libc.AttributesSetDefaults(attributes, all);
            _ = Libc.AttributesSetFlags(attributes, SetSignalMask | SetSignalDefaults);
            int pid;
            var errno = Libc.Spawn(&pid, path, actions, attributes, argumentStrings.Pointers, environmentStrings.Pointers);
            if (errno != 0)
                throw new SystemCallException(path, errno);
            return pid;
        }
        finally
        {
            _ = Libc.FileActionsDestroy(actions);
            _ = Libc.AttributesDestroy(attributes);
        }
    }
}
