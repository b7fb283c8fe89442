using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Grpc.Net.Client;
using TaskConsole.Protocol.V1;

namespace TaskConsole.Swarm.Agents;

/// <summary>
/// A process of simulated agents. It enrols them, connects them when standard input says <c>connect</c>, tells its counts on
/// standard output, and ends when standard input ends.
/// </summary>
internal sealed class Worker(WorkerOptions options) : IAsyncDisposable
{
    private const int EnrolAtOnce = 32;
    private static readonly TimeSpan StatusInterval = TimeSpan.FromMilliseconds(200);

    private readonly List<GrpcChannel> _channels = [];
    private readonly List<AgentIdentity> _identities = [];
    private readonly SwarmCounts _counts = new(options.Count);

    public async Task<int> RunAsync()
    {
        using var stopping = new CancellationTokenSource();
        var agents = Enumerable.Range(options.First, options.Count).Select(NewAgent).ToList();
        var telling = TellAsync(stopping.Token);
        await Parallel.ForEachAsync(
            agents,
            new ParallelOptions { MaxDegreeOfParallelism = EnrolAtOnce, CancellationToken = stopping.Token },
            async (agent, cancellationToken) => await agent.EnrolAsync(cancellationToken));
        await Console.Out.WriteLineAsync("enrolled");
        List<Task> running = [];
        while (await Console.In.ReadLineAsync(stopping.Token) is { } command)
        {
            if (command == "connect" && running.Count == 0)
            {
                running.AddRange(agents.Select(agent => Task.Run(() => agent.RunAsync(stopping.Token))));
            }
        }

        await stopping.CancelAsync();
        await Task.WhenAll(running);
        await telling;
        return 0;
    }

    public ValueTask DisposeAsync()
    {
        _channels.ForEach(channel => channel.Dispose());
        _identities.ForEach(identity => identity.Dispose());
        return ValueTask.CompletedTask;
    }

    private SimulatedAgent NewAgent(int number)
    {
        if ((number - options.First) % options.StreamsPerConnection == 0)
        {
            _channels.Add(OpenChannel(number));
        }

        _identities.Add(new AgentIdentity(string.Create(CultureInfo.InvariantCulture, $"sw-{number:00000}")));
        return new SimulatedAgent(number, _identities[^1], new AgentHub.AgentHubClient(_channels[^1]), options.JoinToken, _counts) { FlapsAfter = options.FlapsAfter };
    }

    private GrpcChannel OpenChannel(int number)
    {
        var handler = new SocketsHttpHandler { UseProxy = false, InitialHttp2StreamWindowSize = 1024 * 1024, PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan };

        // Whose certificate it is does not matter here: what TLS costs does.
        handler.SslOptions.RemoteCertificateValidationCallback = (_, _, _, _) => true;
        if (options.Addresses > 0)
        {
            var source = new IPEndPoint(new IPAddress([127, 0, 0, (byte)(2 + (number % options.Addresses))]), 0);
            handler.ConnectCallback = async (context, cancellationToken) =>
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                socket.Bind(source);
                await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            };
        }

        return GrpcChannel.ForAddress(options.Hub, new GrpcChannelOptions { HttpHandler = handler, DisposeHttpClient = true });
    }

    private async Task TellAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(StatusInterval);
        try
        {
            do
            {
                await Console.Out.WriteLineAsync(JsonSerializer.Serialize(_counts.Read()));
            }
            while (await timer.WaitForNextTickAsync(cancellationToken));
        }
        catch (OperationCanceledException)
        {
            // It ends.
        }
    }
}
