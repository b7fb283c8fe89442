using System.Net;
using System.Net.Sockets;

namespace TaskConsole.Harness;

public static class FreePort
{
    // Below those that the kernel gives to connections: one of these would take the port of a program that is being restarted.
    private const int First = 20_000;
    private const int Last = 31_999;

    /// <summary>A loopback port that nobody listens on now.</summary>
    public static int Find()
    {
        while (true)
        {
            var port = Random.Shared.Next(First, Last + 1);
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                return port;
            }
            catch (SocketException taken) when (taken.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                // Another one.
            }
        }
    }
}
