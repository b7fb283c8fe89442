using System.Runtime.InteropServices;
using System.Text;
using Google.Protobuf;
using Microsoft.Win32.SafeHandles;
using TaskConsole.Agent.Execution;
using TaskConsole.Agent.Supervision.Messages;

namespace TaskConsole.Agent.Supervision;

/// <summary>
/// The supervisor's side of its connections: the agent that started it, and any later one that finds its socket.
/// Notices go out from any thread and never wait; commands come in on the thread that polls.
/// </summary>
internal sealed unsafe class SupervisorSocket : IDisposable
{
    /// <summary>Descriptors that <see cref="Watch"/> fills in at most.</summary>
    public const int MostDescriptors = 1 + MostConnections;

    private const int MostConnections = 8;
    private const int Backlog = 4;
    private const int AddressBytes = 110;
    private const int PathOffset = 2;
    private readonly SafeFileHandle _listener;
    private readonly Lock _gate = new();
    private readonly List<Connection> _connections = [];

    /// <param name="path">Of the socket; must not exist.</param>
    /// <param name="link">A connection that is there already; null: none.</param>
    /// <exception cref="IOException">The socket could not be made.</exception>
    public SupervisorSocket(string path, SafeFileHandle? link)
    {
        _listener = Listen(path);
        if (link is not null)
            Add(link);
    }

    /// <summary>Called with each command, on the thread that polls.</summary>
    public Action<SupervisorCommand>? Commanded { get; set; }

    /// <summary>Fills in what is to be polled; returns how many.</summary>
    public int Watch(Libc.PollDescriptor* descriptors)
    {
        descriptors[0] = new Libc.PollDescriptor { Descriptor = Number(_listener), Events = Libc.PollIn };
        lock (_gate)
        {
            for (var i = 0; i < _connections.Count; i++)
                descriptors[1 + i] = new Libc.PollDescriptor { Descriptor = Number(_connections[i].Socket), Events = Libc.PollIn };
            return 1 + _connections.Count;
        }
    }

    /// <summary>Takes what came, after a poll of what <see cref="Watch"/> filled in.</summary>
    public void Serve(Libc.PollDescriptor* descriptors, int count)
    {
        for (var i = 1; i < count; i++)
        {
            if (descriptors[i].Returned != 0 && Find(descriptors[i].Descriptor) is { } connection && !Receive(connection))
                Remove(connection);
        }

        if (descriptors[0].Returned == 0)
            return;
        var accepted = Libc.Accept(Number(_listener), null, null, Libc.CloseOnExec | Libc.NonBlocking);
        if (accepted >= 0)
            Add(Descriptors.MoveUp(accepted));
    }

    /// <summary>An agent that has not read the last notices has something to look at already: what it cannot take is dropped.</summary>
    public void Notify(Notice notice) => Send([(byte)notice]);

    /// <summary>Tells the end itself, where it cannot be written.</summary>
    public void Tell(IMessage end) => Send([(byte)Notice.Told, .. LengthPrefixed.Encode(end)]);

    public void Dispose()
    {
        _listener.Dispose();
        lock (_gate)
        {
            foreach (var connection in _connections)
                connection.Socket.Dispose();
            _connections.Clear();
        }
    }

    // The address goes through an open descriptor of the folder: the kernel takes at most 107 bytes as a socket's path.
    private static SafeFileHandle Listen(string path)
    {
        using var folder = Descriptors.Open(Path.GetDirectoryName(path)!, Libc.PathOnly | Libc.Directory);
        var made = Libc.Socket(Libc.UnixFamily, Libc.StreamSocket | Libc.CloseOnExec | Libc.NonBlocking, 0);
        if (made < 0)
            throw Libc.Failure("socket");
        var listener = Descriptors.MoveUp(made);
        var address = stackalloc byte[AddressBytes];
        new Span<byte>(address, AddressBytes).Clear();
        *(ushort*)address = Libc.UnixFamily;
        Encoding.UTF8.GetBytes(SocketAddress.Of(folder, Path.GetFileName(path)), new Span<byte>(address + PathOffset, AddressBytes - PathOffset - 1));
        if (Libc.Bind(Number(listener), address, AddressBytes) == 0 && Libc.Listen(Number(listener), Backlog) == 0)
            return listener;
        listener.Dispose();
        throw Libc.Failure(path);
    }

    private void Add(SafeFileHandle socket)
    {
        Descriptors.DoNotWait(socket);
        lock (_gate)
        {
            if (_connections.Count < MostConnections)
            {
                _connections.Add(new Connection(socket));
                return;
            }
        }

        socket.Dispose();
    }

    private Connection? Find(int descriptor)
    {
        lock (_gate)
            return _connections.Find(connection => Number(connection.Socket) == descriptor);
    }

    private void Remove(Connection connection)
    {
        lock (_gate)
            _connections.Remove(connection);
        connection.Socket.Dispose();
    }

    private void Send(ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            foreach (var connection in _connections)
            {
                fixed (byte* start = bytes)
                    _ = Libc.Send(Number(connection.Socket), start, (nuint)bytes.Length, Libc.DoNotWait | Libc.NoSignal);
            }
        }
    }

    // False when the other side is gone, or is none.
    private bool Receive(Connection connection)
    {
        const int most = 256;
        var bytes = stackalloc byte[most];
        var count = Libc.Read(Number(connection.Socket), bytes, most);
        if (count < 0)
            return Marshal.GetLastPInvokeError() is Libc.ErrnoAgain or Libc.ErrnoInterrupted;
        if (count == 0)
            return false;
        try
        {
            connection.Received.AddRange(new ReadOnlySpan<byte>(bytes, (int)count));
            while (LengthPrefixed.TryTake(connection.Received, SupervisorCommand.Parser, out var command))
                Commanded?.Invoke(command);
            return true;
        }
        catch (Exception failure) when (failure is InvalidProtocolBufferException or InvalidDataException)
        {
            return false;
        }
    }

    private static int Number(SafeFileHandle handle) => (int)handle.DangerousGetHandle();

    private sealed record Connection(SafeFileHandle Socket)
    {
        public List<byte> Received { get; } = [];
    }
}
