using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace TaskConsole.Faults.Links;

/// <summary>The TCP way of one agent to its hub, which can be cut anywhere, also in the middle of a message.</summary>
internal sealed class AgentLink : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentDictionary<Connection, bool> _connections = new();
    private readonly CancellationTokenSource _ended = new();
    private readonly Task _accepting;
    private long _cutAfterFromAgent = long.MaxValue;
    private long _cutAfterFromHub = long.MaxValue;

    public AgentLink(int target)
    {
        Target = target;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>Where the agent connects.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Port where new connections lead.</summary>
    public int Target { get; set; }

    /// <summary>New connections are reset at once.</summary>
    public bool Down { get; set; }

    /// <summary>Nothing passes and nothing breaks, as when a cable is pulled.</summary>
    public bool Frozen { get; set; }

    /// <summary>How often a connection was cut.</summary>
    public int Cuts { get; private set; }

    /// <summary>Resets what is connected now.</summary>
    public void Cut()
    {
        foreach (var connection in _connections.Keys)
        {
            Break(connection);
        }
    }

    /// <summary>Lets so many more bytes of the agent through, then resets: within a message, mostly.</summary>
    public void CutAfterFromAgent(long bytes) => Interlocked.Exchange(ref _cutAfterFromAgent, bytes);

    /// <summary>The same for the hub's bytes.</summary>
    public void CutAfterFromHub(long bytes) => Interlocked.Exchange(ref _cutAfterFromHub, bytes);

    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        _listener.Stop();
        Cut();
        await _accepting;
        _ended.Dispose();
    }

    private async Task AcceptAsync()
    {
        List<Task> served = [];
        try
        {
            while (true)
            {
                var agent = await _listener.AcceptSocketAsync(_ended.Token);
                served.RemoveAll(task => task.IsCompleted);
                served.Add(ServeAsync(agent));
            }
        }
        catch (Exception stopped) when (stopped is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(served);
        }
    }

    private async Task ServeAsync(Socket agent)
    {
        using var hub = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        using var connection = new Connection(agent, hub);
        _connections[connection] = true;
        try
        {
            if (Down)
            {
                connection.Reset();
                return;
            }

            agent.NoDelay = hub.NoDelay = true;
            await hub.ConnectAsync(IPAddress.Loopback, Target, _ended.Token);
            await Task.WhenAny(PumpAsync(agent, hub, fromAgent: true), PumpAsync(hub, agent, fromAgent: false));
        }
        catch (Exception broken) when (broken is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // The other end sees it by the reset.
        }
        finally
        {
            connection.Reset();
            _connections.TryRemove(connection, out _);
        }
    }

    private async Task PumpAsync(Socket from, Socket to, bool fromAgent)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            while (await from.ReceiveAsync(buffer, _ended.Token) is var count and > 0)
            {
                while (Frozen)
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(20), _ended.Token);
                }

                ref var budget = ref fromAgent ? ref _cutAfterFromAgent : ref _cutAfterFromHub;
                var left = Interlocked.Read(ref budget);
                var passed = (int)Math.Min(left, count);
                await SendAllAsync(to, buffer.AsMemory(0, passed));
                if (left != long.MaxValue && Spend(fromAgent, passed, wanted: count))
                {
                    Cuts++;
                    return;
                }
            }
        }
        catch (Exception broken) when (broken is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // Whoever waits for the first of the two pumps resets both ends.
        }
    }

    /// <summary>True when this was the cut; the next connection is whole again.</summary>
    private bool Spend(bool fromAgent, int passed, int wanted)
    {
        ref var budget = ref fromAgent ? ref _cutAfterFromAgent : ref _cutAfterFromHub;
        if (passed < wanted)
        {
            Interlocked.Exchange(ref budget, long.MaxValue);
            return true;
        }

        Interlocked.Add(ref budget, -passed);
        return false;
    }

    private void Break(Connection connection)
    {
        Cuts++;
        connection.Reset();
    }

    private static async Task SendAllAsync(Socket to, ReadOnlyMemory<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            bytes = bytes[await to.SendAsync(bytes)..];
        }
    }

    private sealed record Connection(Socket Agent, Socket Hub) : IDisposable
    {
        public void Reset()
        {
            Agent.Close(0);
            Hub.Close(0);
        }

        public void Dispose()
        {
            Agent.Dispose();
            Hub.Dispose();
        }
    }
}
