using Microsoft.Win32.SafeHandles;
using TaskConsole.Agent.Execution;
using TaskConsole.Agent.Journal;
using TaskConsole.Agent.Supervision.Messages;

namespace TaskConsole.Agent.Supervision;

/// <summary>
/// The role that runs one attempt and outlives the agent. Reads one message from standard input, takes the
/// attempt's lock, and from then on depends on nobody. It is started with SIGCHLD blocked.
/// </summary>
internal static unsafe class SuperviseRole
{
    /// <summary>The descriptor of the connection to the agent that started it.</summary>
    public const int LinkDescriptor = 3;

    private const int Incomplete = 3;
    private const uint OwnerOnly = 0b000_111_111;

    // HUP, INT, QUIT, PIPE, TERM.
    private static ReadOnlySpan<byte> IgnoredSignals => [1, 2, 3, 13, 15];

    /// <param name="path">The folder of the attempt.</param>
    public static int Run(string path)
    {
        _ = Libc.SetFileMask(OwnerOnly);
        _ = Libc.SetSession();
        SetSignals();
        using var input = new SafeFileHandle(0, ownsHandle: false);
        if (LengthPrefixed.Read(input, SupervisorRequest.Parser) is not { } request
            || !AttemptId.TryFrom(request.Claim?.Key, out var id)
            || request.Payload is null)
            return Incomplete;
        DetachInput();
        var link = TakeLink();

        var folder = new AttemptFolder(path);
        var held = TryLock(folder);
        // It may have waited long for its turn: the attempt may be settled, and its folder gone.
        if (held is null || !folder.IsClaimed || folder.IsAbandoned || folder.HasStart || folder.HasEnd)
            return 0;
        _ = Libc.ProcessControl(Libc.SetChildSubreaper, 1, 0, 0, 0);
        using var supervisor = new Supervisor(folder, held, request, id, link, TimeProvider.System);
        supervisor.Run();
        return 0;
    }

    private static FileLock? TryLock(AttemptFolder folder)
    {
        try
        {
            return folder.Lock();
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static void SetSignals()
    {
        const int actionBytes = 256;
        var ignore = stackalloc byte[actionBytes];
        new Span<byte>(ignore, actionBytes).Clear();
        *(nint*)ignore = 1;
        foreach (var signal in IgnoredSignals)
            _ = Libc.SignalAction(signal, ignore, null);
    }

    private static void DetachInput()
    {
        using var nothing = Descriptors.Open("/dev/null", Libc.ReadWrite);
        for (var stream = 0; stream <= 2; stream++)
            _ = Libc.Duplicate((int)nothing.DangerousGetHandle(), stream);
    }

    private static SafeFileHandle? TakeLink()
    {
        try
        {
            return Descriptors.MoveUp(LinkDescriptor);
        }
        catch (IOException)
        {
            return null;
        }
    }
}
