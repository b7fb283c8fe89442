using System.Net;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using TaskConsole.Protocol.V1;

namespace TaskConsole.Faults.Links;

/// <summary>What becomes of a message on its way: the relay calls it, and sends on what it is told to, as often as it is told to.</summary>
internal delegate Task Passing<T>(T message, Func<T, Task> sendAsync);

/// <summary>
/// A man in the middle of one agent and the hub, who reads every message, and can hold, drop, repeat, reorder and change
/// it. Both ends sign what matters, so that this is what a network can do at worst.
/// </summary>
internal sealed class MessageRelay : IAsyncDisposable
{
    private static readonly TimeSpan NextTry = TimeSpan.FromMilliseconds(100);

    private readonly WebApplication _app;
    private readonly GrpcChannel _hub;

    private MessageRelay(WebApplication app, GrpcChannel hub)
    {
        _app = app;
        _hub = hub;
    }

    /// <summary>Where the agent's link leads.</summary>
    public int Port => new Uri(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()).Port;

    /// <summary>What becomes of the hub's messages.</summary>
    public Passing<HubMessage> FromHub { get; set; } = Through;

    /// <summary>What becomes of the agent's messages.</summary>
    public Passing<AgentMessage> FromAgent { get; set; } = Through;

    public static async Task<MessageRelay> StartAsync(int hubPort)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, endpoint => endpoint.Protocols = HttpProtocols.Http2));
        builder.Services.AddGrpc(grpc => grpc.MaxReceiveMessageSize = grpc.MaxSendMessageSize = 2 << 20);

        // The agent alone decides how long it waits between two tries.
        var channel = GrpcChannel.ForAddress($"http://127.0.0.1:{hubPort}", new GrpcChannelOptions
        {
            MaxReceiveMessageSize = 2 << 20,
            MaxSendMessageSize = 2 << 20,
            InitialReconnectBackoff = NextTry,
            MaxReconnectBackoff = NextTry,
        });
        MessageRelay? relay = null;
        builder.Services.AddSingleton(_ => relay!);
        builder.Services.AddSingleton<Service>();
        var app = builder.Build();
        relay = new MessageRelay(app, channel);
        app.MapGrpcService<Service>();
        await app.StartAsync();
        return relay;
    }

    /// <summary>Everything passes as it is again.</summary>
    public void PassAll()
    {
        FromHub = Through;
        FromAgent = Through;
    }

    /// <summary>Holds the next message of the hub for which this is true, and what comes behind it.</summary>
    public Held<HubMessage> HoldFromHub(Predicate<HubMessage> which)
    {
        var held = new Held<HubMessage>(which);
        FromHub = held.PassAsync;
        return held;
    }

    /// <summary>Holds the next message of the agent for which this is true, and what comes behind it.</summary>
    public Held<AgentMessage> HoldFromAgent(Predicate<AgentMessage> which)
    {
        var held = new Held<AgentMessage>(which);
        FromAgent = held.PassAsync;
        return held;
    }

    public async ValueTask DisposeAsync()
    {
        using var atOnce = new CancellationTokenSource();
        await atOnce.CancelAsync();
        await _app.StopAsync(atOnce.Token);
        await _app.DisposeAsync();
        _hub.Dispose();
    }

    private static Task Through<T>(T message, Func<T, Task> sendAsync) => sendAsync(message);

    private sealed class Service(MessageRelay relay) : AgentHub.AgentHubBase
    {
        private readonly AgentHub.AgentHubClient _hub = new(relay._hub);

        public override async Task<EnrolResponse> Enrol(EnrolRequest request, ServerCallContext context) =>
            await _hub.EnrolAsync(request, cancellationToken: context.CancellationToken);

        public override async Task Connect(IAsyncStreamReader<AgentMessage> requestStream, IServerStreamWriter<HubMessage> responseStream, ServerCallContext context)
        {
            using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken);
            using var call = _hub.Connect(cancellationToken: ended.Token);
            using var onlyOneToHub = new SemaphoreSlim(1);
            using var onlyOneToAgent = new SemaphoreSlim(1);
            var fromAgent = PumpAsync(requestStream, message => relay.FromAgent(message, one => SendAsync(onlyOneToHub, call.RequestStream, one, ended.Token)), ended.Token);
            var fromHub = PumpAsync(call.ResponseStream, message => relay.FromHub(message, one => SendAsync(onlyOneToAgent, responseStream, one, ended.Token)), ended.Token);
            var first = await Task.WhenAny(fromAgent, fromHub);
            await ended.CancelAsync();
            await Task.WhenAll(fromAgent, fromHub);
            if (first == fromHub && await fromHub is { } status)
            {
                throw new RpcException(status);
            }
        }

        private static async Task SendAsync<T>(SemaphoreSlim onlyOne, IAsyncStreamWriter<T> writer, T message, CancellationToken cancellationToken)
        {
            await onlyOne.WaitAsync(cancellationToken);
            try
            {
                await writer.WriteAsync(message, cancellationToken);
            }
            finally
            {
                onlyOne.Release();
            }
        }

        /// <summary>The status that the stream ended with; null: without one.</summary>
        private static async Task<Status?> PumpAsync<T>(IAsyncStreamReader<T> reader, Func<T, Task> passAsync, CancellationToken cancellationToken)
        {
            try
            {
                while (await reader.MoveNext(cancellationToken))
                {
                    await passAsync(reader.Current).WaitAsync(cancellationToken);
                }

                return null;
            }
            catch (RpcException end)
            {
                return end.Status;
            }
            catch (Exception broken) when (broken is OperationCanceledException or IOException or InvalidOperationException)
            {
                return new Status(StatusCode.Unavailable, "The relay's stream broke.");
            }
        }
    }
}
