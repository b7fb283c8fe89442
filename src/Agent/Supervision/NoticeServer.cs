using System.Net.Sockets;
using Microsoft.Win32.SafeHandles;
using TaskConsole.Agent.Execution;
using TaskConsole.Agent.Journal;
using TaskConsole.Agent.Supervision.Messages;

namespace TaskConsole.Agent.Supervision;

/// <summary>What a supervisor tells whoever is connected, one byte each. Only a hint to look at the files.</summary>
internal enum Notice : byte
{
    OutputGrew = 1,
    Started = 2,
    Ended = 3,
}

/// <summary>The supervisor's end of the attempt's socket: notices go out, commands come in.</summary>
internal sealed class NoticeServer : IDisposable
{
    private const int Backlog = 4;
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly Action<SupervisorCommand> _commanded;
    private readonly Lock _gate = new();
    private readonly List<Socket> _connections = [];

    /// <exception cref="SocketException">The socket could not be made.</exception>
    public NoticeServer(AttemptFolder folder, Action<SupervisorCommand> commanded)
    {
        _commanded = commanded;
        using (var address = new SocketAddressOf(folder))
            _listener.Bind(address.EndPoint);
        _listener.Listen(Backlog);
        new Thread(Accept) { IsBackground = true, Name = "accept" }.Start();
    }

    /// <summary>Never waits: an agent that has not read the last notices has something to look at already.</summary>
    public void Notify(Notice notice)
    {
        lock (_gate)
        {
            foreach (var connection in _connections.ToList())
                TrySend(connection, notice);
        }
    }

    public void Dispose()
    {
        _listener.Dispose();
        lock (_gate)
        {
            foreach (var connection in _connections)
                connection.Dispose();
            _connections.Clear();
        }
    }

    private void TrySend(Socket connection, Notice notice)
    {
        try
        {
            if (connection.Poll(TimeSpan.Zero, SelectMode.SelectWrite))
                connection.Send([(byte)notice]);
        }
        catch (SocketException)
        {
            // Its reading thread ends with it.
        }
    }

    private void Accept()
    {
        while (true)
        {
            Socket connection;
            try
            {
                connection = _listener.Accept();
            }
            catch (Exception failure) when (failure is SocketException or ObjectDisposedException)
            {
                return;
            }

            lock (_gate)
                _connections.Add(connection);
            new Thread(() => Serve(connection)) { IsBackground = true, Name = "commands" }.Start();
        }
    }

    private void Serve(Socket connection)
    {
        try
        {
            using var descriptor = new SafeFileHandle(connection.Handle, ownsHandle: false);
            while (LengthPrefixed.Read(descriptor, SupervisorCommand.Parser) is { } command)
                _commanded(command);
        }
        catch (Exception failure) when (failure is IOException or Google.Protobuf.InvalidProtocolBufferException or ObjectDisposedException)
        {
            // The agent is gone, or is none.
        }

        lock (_gate)
            _connections.Remove(connection);
        connection.Dispose();
    }
}
