using System.Buffers.Text;
using System.Globalization;
using System.Runtime.InteropServices;
using TaskConsole.Agent.Execution;

namespace TaskConsole.Agent.Supervision;

/// <summary>One line of the kernel's process table, from /proc/N/stat.</summary>
/// <param name="StartTime">In ticks since boot: with the pid it names one process for good.</param>
internal readonly record struct ProcessEntry(int Pid, int Parent, int Session, char State, ulong StartTime)
{
    /// <summary>Has ended and waits to be reaped.</summary>
    public bool IsZombie => State is 'Z' or 'X';

    /// <summary>Every process there is now.</summary>
    public static List<ProcessEntry> ReadAll()
    {
        List<ProcessEntry> entries = [];
        foreach (var path in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(path.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture, out var pid)
                && TryRead(pid) is { } entry)
                entries.Add(entry);
        }

        return entries;
    }

    /// <summary>Null when there is no such process (any more).</summary>
    public static ProcessEntry? TryRead(int pid)
    {
        const int most = 1024;
        Span<byte> line = stackalloc byte[most];
        line = line[..ProcFile.Read(pid, "stat", line)];
        // The name is in parentheses and may hold anything; the fields follow the last one.
        var behindName = line.LastIndexOf((byte)')') + 2;
        if (behindName < 2 || behindName >= line.Length)
            return null;
        const int state = 0, parent = 1, session = 3, startTime = 19;
        var (parentId, sessionId, startTicks, stateMark) = (0, 0, 0UL, '?');
        var index = 0;
        var fields = line[behindName..];
        foreach (var range in fields.Split((byte)' '))
        {
            var field = fields[range];
            switch (index++)
            {
                case state:
                    stateMark = (char)field[0];
                    break;
                case parent:
                    _ = Utf8Parser.TryParse(field, out parentId, out _);
                    break;
                case session:
                    _ = Utf8Parser.TryParse(field, out sessionId, out _);
                    break;
                case startTime:
                    _ = Utf8Parser.TryParse(field, out startTicks, out _);
                    return new ProcessEntry(pid, parentId, sessionId, stateMark, startTicks);
            }
        }

        return null;
    }

    /// <summary>Sends a signal to this very process, never to another one that has got its pid since.</summary>
    /// <returns>False when it is gone.</returns>
    public bool TrySignal(int signal)
    {
        var descriptor = Libc.OpenProcessDescriptor(Pid);
        // Kernels before 5.3 have no descriptors of processes.
        if (descriptor < 0 && Marshal.GetLastPInvokeError() != Libc.ErrnoNoCall)
            return false;
        try
        {
            if (TryRead(Pid)?.StartTime != StartTime)
                return false;
            return (descriptor >= 0 ? Libc.SendSignal(descriptor, signal) : Libc.Kill(Pid, signal)) == 0;
        }
        finally
        {
            if (descriptor >= 0)
                _ = Libc.Close(descriptor);
        }
    }
}
