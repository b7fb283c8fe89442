using System.Runtime.InteropServices;
using TaskConsole.Agent.Execution;

namespace TaskConsole.Agent.Supervision;

/// <summary>How a child ended: an exit code, or the signal that ended it (then not 0).</summary>
internal readonly record struct ChildEnd(int ExitCode, int Signal)
{
    public static ChildEnd FromStatus(int status) =>
        (status & 0x7f) == 0 ? new ChildEnd((status >> 8) & 0xff, 0) : new ChildEnd(0, status & 0x7f);
}

/// <summary>
/// Reaps everything that ends under this supervisor, also what it adopted. No child left means that the
/// whole tree is gone: a descendant's chain of parents leads here or to a child of this process.
/// </summary>
internal static class ChildReaper
{
    /// <summary>Starts a thread that reports the end of the script and, last, that the tree is empty.</summary>
    public static void Start(int script, Action<ChildEnd> scriptEnded, Action treeEmpty)
    {
        var thread = new Thread(() => Reap(script, scriptEnded, treeEmpty)) { IsBackground = true, Name = "reaper" };
        thread.Start();
    }

    private static unsafe void Reap(int script, Action<ChildEnd> scriptEnded, Action treeEmpty)
    {
        while (true)
        {
            int status;
            var pid = Libc.WaitPid(-1, &status, 0);
            if (pid == script)
                scriptEnded(ChildEnd.FromStatus(status));
            else if (pid < 0 && Marshal.GetLastPInvokeError() == Libc.ErrnoNoChild)
                break;
        }

        treeEmpty();
    }
}
