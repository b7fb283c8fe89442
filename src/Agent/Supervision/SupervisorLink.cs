using System.Net.Sockets;
using TaskConsole.Agent.Execution;
using TaskConsole.Agent.Journal;
using TaskConsole.Agent.Supervision.Messages;

namespace TaskConsole.Agent.Supervision;

/// <summary>The agent's end of an attempt's socket.</summary>
internal sealed class SupervisorLink : IDisposable
{
    private readonly Socket _socket;
    private readonly byte[] _notices = new byte[256];

    private SupervisorLink(Socket socket) => _socket = socket;

    /// <summary>Null when no supervisor listens (yet, or any more).</summary>
    public static async Task<SupervisorLink?> TryConnectAsync(AttemptFolder folder, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            using var address = new SocketAddressOf(folder);
            await socket.ConnectAsync(address.EndPoint, cancellationToken);
            return new SupervisorLink(socket);
        }
        catch (Exception failure) when (failure is SocketException or IOException)
        {
            socket.Dispose();
            return null;
        }
    }

    /// <summary>Waits until something has happened; false when the supervisor is gone or has said that it ends.</summary>
    public async Task<bool> WaitAsync(CancellationToken cancellationToken)
    {
        try
        {
            var count = await _socket.ReceiveAsync(_notices, cancellationToken);
            return count > 0 && !_notices.AsSpan(0, count).Contains((byte)Notice.Ended);
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>False when it could not be delivered.</summary>
    public bool TrySend(SupervisorCommand command)
    {
        try
        {
            var message = LengthPrefixed.Encode(command);
            return _socket.Send(message) == message.Length;
        }
        catch (Exception failure) when (failure is SocketException or ObjectDisposedException)
        {
            return false;
        }
    }

    public void Dispose() => _socket.Dispose();
}
