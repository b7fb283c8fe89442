using System.Runtime.InteropServices;

namespace TaskConsole.Harness;

/// <summary>A signal for a process that a test started.</summary>
public enum Signal
{
    Kill = 9,
    Term = 15,
    Continue = 18,
    Stop = 19,
}

public static partial class Signals
{
    /// <summary>Sends it; a process that is gone is no mistake.</summary>
    /// <param name="process">Its id; negative: the process group of that id.</param>
    /// <param name="signal">What to send.</param>
    public static void Send(int process, Signal signal) => _ = SendSignal(process, (int)signal);

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int process, int signal);
}
