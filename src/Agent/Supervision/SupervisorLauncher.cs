using Microsoft.Win32.SafeHandles;
using TaskConsole.Agent.Execution;
using TaskConsole.Agent.Journal;
using TaskConsole.Agent.Supervision.Messages;

namespace TaskConsole.Agent.Supervision;

/// <summary>A supervisor that was started.</summary>
/// <param name="Pid">A child of this process.</param>
/// <param name="Link">The connection to it.</param>
/// <param name="HandOver">Ends when it has taken all of its request.</param>
internal sealed record StartedSupervisor(int Pid, SupervisorLink Link, Task HandOver);

/// <summary>Starts the supervisor of a claimed attempt and hands it what to do.</summary>
internal static class SupervisorLauncher
{
    /// <exception cref="IOException">It could not be started.</exception>
    public static StartedSupervisor Start(AttemptFolder folder, SupervisorRequest request, CancellationToken cancellationToken)
    {
        using var nothing = Descriptors.Open("/dev/null", Libc.ReadWrite);
        var (input, handOver) = Descriptors.Pipe();
        var (own, its) = Descriptors.SocketPair();
        using (input)
        using (its)
        {
            var pid = ChildProcess.Start(
                OwnProgram.Path,
                OwnProgram.Arguments("supervise", folder.Path),
                OwnProgram.CleanEnvironment(),
                [(input, 0), (nothing, 1), (nothing, 2), (its, SuperviseRole.LinkDescriptor)],
                blockedSignal: Libc.ChildSignal);
            return new StartedSupervisor(pid, SupervisorLink.Over(own), HandOverAsync(handOver, LengthPrefixed.Encode(request), cancellationToken));
        }
    }

    // A supervisor that ended early breaks the pipe; whoever waits for it notices by itself.
    private static async Task HandOverAsync(SafeFileHandle pipe, byte[] message, CancellationToken cancellationToken)
    {
        await using var stream = new FileStream(pipe, FileAccess.Write, bufferSize: 0);
        try
        {
            await stream.WriteAsync(message, cancellationToken);
        }
        catch (IOException)
        {
            // Its link has ended.
        }
    }
}
