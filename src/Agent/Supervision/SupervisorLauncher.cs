using TaskConsole.Agent.Execution;
using TaskConsole.Agent.Journal;
using TaskConsole.Agent.Supervision.Messages;

namespace TaskConsole.Agent.Supervision;

/// <summary>Starts the supervisor of a claimed attempt and hands it what to do.</summary>
internal static class SupervisorLauncher
{
    /// <summary>Returns its pid, and the hand-over, which ends when the supervisor has taken all of it.</summary>
    /// <exception cref="IOException">It could not be started.</exception>
    public static (int Pid, Task HandOver) Start(AttemptFolder folder, SupervisorRequest request, CancellationToken cancellationToken)
    {
        using var nothing = Descriptors.Open("/dev/null", Libc.ReadWrite);
        var (input, handOver) = Descriptors.Pipe();
        using (input)
        {
            var pid = ChildProcess.Start(
                OwnProgram.Path,
                OwnProgram.Arguments("supervise", folder.Path),
                OwnProgram.CleanEnvironment(),
                [(input, 0), (nothing, 1), (nothing, 2)]);
            return (pid, HandOverAsync(handOver, LengthPrefixed.Encode(request), cancellationToken));
        }
    }

    // A supervisor that ended early breaks the pipe; whoever waits for it notices by itself.
    private static async Task HandOverAsync(Microsoft.Win32.SafeHandles.SafeFileHandle pipe, byte[] message, CancellationToken cancellationToken)
    {
        await using var stream = new FileStream(pipe, FileAccess.Write, bufferSize: 0);
        try
        {
            await stream.WriteAsync(message, cancellationToken);
        }
        catch (IOException)
        {
            // See above.
        }
    }
}
