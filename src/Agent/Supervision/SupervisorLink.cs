using System.Net.Sockets;
using Google.Protobuf;
using Microsoft.Win32.SafeHandles;
using TaskConsole.Agent.Execution;
using TaskConsole.Agent.Journal.Records;
using TaskConsole.Agent.Supervision.Messages;

namespace TaskConsole.Agent.Supervision;

/// <summary>The agent's end of a connection to a supervisor.</summary>
internal sealed class SupervisorLink : IDisposable
{
    private readonly Socket _socket;
    private readonly byte[] _notices = new byte[256];
    private readonly List<byte> _told = [];
    private bool _tells;

    private SupervisorLink(Socket socket) => _socket = socket;

    /// <summary>The end that the supervisor told because it could not write it; null: it has told none.</summary>
    public EndRecord? Told { get; private set; }

    /// <summary>Takes over one end of a pair of connected sockets.</summary>
    public static SupervisorLink Over(SafeFileHandle socket)
    {
        var link = new SupervisorLink(new Socket(new SafeSocketHandle(socket.DangerousGetHandle(), ownsHandle: true)));
        socket.SetHandleAsInvalid();
        return link;
    }

    /// <summary>Null when no supervisor listens there (yet, or any more).</summary>
    /// <param name="path">Of its socket.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    public static async Task<SupervisorLink?> TryConnectAsync(string path, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            using var folder = Descriptors.Open(Path.GetDirectoryName(path)!, Libc.PathOnly | Libc.Directory);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(SocketAddress.Of(folder, Path.GetFileName(path))), cancellationToken);
            return new SupervisorLink(socket);
        }
        catch (Exception failure) when (failure is SocketException or IOException)
        {
            socket.Dispose();
            return null;
        }
    }

    /// <summary>Waits until something has happened; false when the supervisor is gone, or has said that it ends or how it ended.</summary>
    public async Task<bool> WaitAsync(CancellationToken cancellationToken)
    {
        try
        {
            var count = await _socket.ReceiveAsync(_notices, cancellationToken);
            return count > 0 && !Take(_notices.AsSpan(0, count));
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

    // Whether one of the notices was the last.
    private bool Take(ReadOnlySpan<byte> notices)
    {
        if (!_tells)
        {
            if (notices.Contains((byte)Notice.Ended) && !notices.Contains((byte)Notice.Told))
                return true;
            var told = notices.IndexOf((byte)Notice.Told);
            if (told < 0)
                return false;
            _tells = true;
            notices = notices[(told + 1)..];
        }

        _told.AddRange(notices);
        try
        {
            if (LengthPrefixed.TryTake(_told, EndRecord.Parser, out var end))
                Told = end;
            return Told is not null;
        }
        catch (Exception failure) when (failure is InvalidProtocolBufferException or InvalidDataException)
        {
            return true;
        }
    }
}
