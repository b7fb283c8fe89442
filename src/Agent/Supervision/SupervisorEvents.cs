using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using TaskConsole.Agent.Execution;

namespace TaskConsole.Agent.Supervision;

/// <summary>
/// Waits, with one thread, for what can happen to an attempt: a child ends, something can be read, a command comes, another thread
/// wakes it, time passes. SIGCHLD must be blocked in every thread of this process, see <see cref="SuperviseRole"/>.
/// </summary>
internal sealed unsafe class SupervisorEvents : IDisposable
{
    private const int MostSources = 2;
    private const int Fixed = 2;
    private readonly SafeFileHandle _children;
    private readonly SafeFileHandle _wake;

    /// <exception cref="IOException">The kernel gives no descriptor.</exception>
    public SupervisorEvents()
    {
        var set = stackalloc byte[SignalSet.Bytes];
        new Span<byte>(set, SignalSet.Bytes).Clear();
        SignalSet.Add(set, Libc.ChildSignal);
        var signals = Libc.SignalDescriptor(-1, set, Libc.CloseOnExec | Libc.NonBlocking);
        if (signals < 0)
            throw Libc.Failure("signalfd");
        _children = Descriptors.MoveUp(signals);
        var wake = Libc.EventDescriptor(0, Libc.CloseOnExec | Libc.NonBlocking);
        if (wake < 0)
            throw Libc.Failure("eventfd");
        _wake = Descriptors.MoveUp(wake);
    }

    /// <summary>Whether a child may have ended since the last wait.</summary>
    public bool ChildrenChanged { get; private set; }

    /// <summary>Ends a wait; may be called from any thread.</summary>
    public void Wake()
    {
        ulong one = 1;
        _ = Libc.Write(Number(_wake), (byte*)&one, sizeof(ulong));
    }

    /// <summary>Waits until something has happened, at most this long, and lets the socket take what came.</summary>
    /// <param name="socket">Whose commands are taken.</param>
    /// <param name="first">Something to read from; null: nothing.</param>
    /// <param name="second">As <paramref name="first"/>.</param>
    /// <param name="most">At most this long.</param>
    /// <returns>Whether <paramref name="first"/> and <paramref name="second"/> can be read.</returns>
    public (bool First, bool Second) Wait(SupervisorSocket socket, SafeFileHandle? first, SafeFileHandle? second, TimeSpan most)
    {
        var descriptors = stackalloc Libc.PollDescriptor[Fixed + MostSources + SupervisorSocket.MostDescriptors];
        descriptors[0] = Reading(_children);
        descriptors[1] = Reading(_wake);
        descriptors[2] = Reading(first);
        descriptors[3] = Reading(second);
        var connections = descriptors + Fixed + MostSources;
        var count = socket.Watch(connections);
        var ready = Libc.Poll(descriptors, (nuint)(Fixed + MostSources + count), (int)Math.Clamp(Math.Ceiling(most.TotalMilliseconds), 0, int.MaxValue));
        ChildrenChanged = ready > 0 && descriptors[0].Returned != 0;
        if (ready <= 0)
            return default;
        if (ChildrenChanged)
            Drain(_children);
        if (descriptors[1].Returned != 0)
            Drain(_wake);
        socket.Serve(connections, count);
        return (descriptors[2].Returned != 0, descriptors[3].Returned != 0);
    }

    public void Dispose()
    {
        _children.Dispose();
        _wake.Dispose();
    }

    // poll(2) passes over negative descriptors.
    private static Libc.PollDescriptor Reading(SafeFileHandle? source) =>
        new() { Descriptor = source is null ? -1 : Number(source), Events = Libc.PollIn };

    private static void Drain(SafeFileHandle source)
    {
        const int many = 1024;
        var buffer = stackalloc byte[many];
        while (Libc.Read(Number(source), buffer, many) == many || Marshal.GetLastPInvokeError() == Libc.ErrnoInterrupted)
        {
            // What was read says no more than that something happened.
        }
    }

    private static int Number(SafeFileHandle handle) => (int)handle.DangerousGetHandle();
}
