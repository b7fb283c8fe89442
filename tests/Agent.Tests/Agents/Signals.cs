using System.Runtime.InteropServices;

namespace TaskConsole.Agent.Tests.Agents;

/// <summary>Sends signals to processes that these tests started.</summary>
public static partial class Signals
{
    public const int Kill = 9;
    public const int Term = 15;

    public static void Send(int pid, int signal) => _ = SendSignal(pid, signal);

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int pid, int signal);
}
