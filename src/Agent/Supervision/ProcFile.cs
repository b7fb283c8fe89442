using System.Globalization;
using TaskConsole.Agent.Execution;

namespace TaskConsole.Agent.Supervision;

/// <summary>Small files of /proc, read without an exception for a process that has just ended.</summary>
internal static unsafe class ProcFile
{
    /// <summary>How many bytes came; 0 when there is no such process (any more), or it may not be looked at.</summary>
    public static int Read(int pid, string name, Span<byte> buffer)
    {
        var file = Libc.Open($"/proc/{pid.ToString(CultureInfo.InvariantCulture)}/{name}", Libc.ReadOnly | Libc.CloseOnExec, 0);
        if (file < 0)
            return 0;
        var filled = 0;
        fixed (byte* start = buffer)
        {
            nint count;
            while (filled < buffer.Length && (count = Libc.Read(file, start + filled, buffer.Length - filled)) > 0)
                filled += (int)count;
        }

        _ = Libc.Close(file);
        return filled;
    }
}
