namespace TaskConsole.Agent.Supervision;

/// <summary>How a child ended: an exit code, or the signal that ended it (then not 0).</summary>
internal readonly record struct ChildEnd(int ExitCode, int Signal)
{
    /// <param name="status">As waitpid(2) gave it.</param>
    public static ChildEnd FromStatus(int status) =>
        (status & 0x7f) == 0 ? new ChildEnd((status >> 8) & 0xff, 0) : new ChildEnd(0, status & 0x7f);
}
