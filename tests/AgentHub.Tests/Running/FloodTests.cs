using System.Buffers.Binary;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text;
using Microsoft.Extensions.Logging;

namespace TaskConsole.AgentHub.Tests.Running;

/// <summary>Floods of HTTP/2 frames on one connection, while an agent on another one is served.</summary>
public sealed class FloodTests
{
    private const byte Headers = 1;
    private const byte Reset = 3;
    private const byte Settings = 4;
    private const byte Ping = 6;
    private const byte EndHeaders = 4;

    [Fact]
    public Task Streams_that_are_opened_and_reset_at_once_do_not_hold_up_others() => FloodAsync(number =>
    {
        // POST http /…/Connect with literal, never indexed fields.
        byte[] fields = [0x83, 0x86, .. Field(":path", "/taskconsole.agent.v1.AgentHub/Connect"), .. Field(":authority", "hub"), .. Field("content-type", "application/grpc"), .. Field("te", "trailers")];
        var stream = (number * 2) + 1;
        return [.. Frame(Headers, EndHeaders, stream, fields), .. Frame(Reset, 0, stream, [0, 0, 0, 8])];
    });

    [Fact]
    public Task Pings_do_not_hold_up_others() => FloodAsync(_ => Frame(Ping, 0, 0, new byte[8]));

    [Fact]
    public Task Settings_do_not_hold_up_others() => FloodAsync(_ => Frame(Settings, 0, 0, []));

    private static async Task FloodAsync(Func<int, byte[]> frames)
    {
        await using var hub = await RunningHub.StartAsync();
        var agent = await hub.JoinAsync("web-01");
        using var stream = await agent.OpenAsync();
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        enough.CancelAfter(TimeSpan.FromSeconds(60));
        var sent = new StrongBox<int>();
        var attack = AttackAsync(hub.Address, frames, sent, enough.Token);

        for (var i = 0; i < 50 || Volatile.Read(ref sent.Value) <= 1_000; i++)
        {
            Assert.False(attack.IsCompleted, "The flood was none.");
            await hub.Client().GetAuthorityAsync();
        }

        await enough.CancelAsync();
        await attack;

        // A stream whose reset is not seen ends by the hello's deadline, 10 s after it was taken from the backlog.
        await Eventually.TrueAsync(() => hub.Sessions.Running == 1, TimeSpan.FromSeconds(30), "only the agent's session is left");
        Assert.Empty(hub.Log.OfHub(LogLevel.Error));
        Assert.Empty(hub.Log.OfHub(LogLevel.Warning));
    }

    /// <summary>Sends until canceled, and counts in <paramref name="sent"/>; a connection that the hub closes is opened again.</summary>
    private static async Task AttackAsync(Uri hub, Func<int, byte[]> frames, StrongBox<int> sent, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(hub.Host, hub.Port, cancellationToken);
                var network = client.GetStream();
                await network.WriteAsync(Encoding.ASCII.GetBytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), cancellationToken);
                await network.WriteAsync(Frame(Settings, 0, 0, []), cancellationToken);
                for (var number = 0; number < 100_000; number += 100)
                {
                    // What the hub answers is left unread.
                    var burst = Enumerable.Range(number, 100).SelectMany(frames).ToArray();
                    using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
                    patience.CancelAfter(TimeSpan.FromSeconds(1));
                    await network.WriteAsync(burst, patience.Token);
                    Volatile.Write(ref sent.Value, sent.Value + 100);
                }
            }
            catch (Exception closed) when (closed is IOException or SocketException or OperationCanceledException)
            {
                // The hub hung up, or takes nothing more: again, by a new connection.
            }
        }
    }

    private static byte[] Field(string name, string value) => [0x10, (byte)name.Length, .. Encoding.ASCII.GetBytes(name), (byte)value.Length, .. Encoding.ASCII.GetBytes(value)];

    private static byte[] Frame(byte type, byte flags, int stream, byte[] payload)
    {
        var frame = new byte[9 + payload.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, payload.Length << 8);
        (frame[3], frame[4]) = (type, flags);
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(5), stream);
        payload.CopyTo(frame, 9);
        return frame;
    }
}
