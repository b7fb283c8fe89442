using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using TaskConsole.Protocol.V1;

namespace TaskConsole.Swarm.Bare;

/// <summary>What the bare hub tells of a round, times by the machine's monotonic clock.</summary>
internal sealed record BareRound(int Sessions, int Ended, long Began, long LastEnd);

/// <summary>
/// The yardstick: a gRPC hub with the same messages that checks nothing, stores nothing and knows nobody. On <c>execute N
/// SCRIPT</c> from standard input it sends an execute to N agents, acknowledges every end, and tells when the last has come.
/// </summary>
internal sealed class BareHub : AgentHub.AgentHubBase
{
    private const int HeartbeatMs = 15_000;
    private const int TickMs = 100;

    private static readonly ByteString HubId = ByteString.CopyFrom(new byte[16]);

    private readonly ConcurrentDictionary<long, OneWriter> _sessions = new();
    private long _number;
    private int _wanted;
    private int _ended;
    private long _began;
    private TaskCompletionSource<long> _all = new();

    public static async Task<int> RunAsync(int port)
    {
        var hub = new BareHub();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.Http2.MaxStreamsPerConnection = 1_000;
            kestrel.Listen(IPAddress.Loopback, port, endpoint => endpoint.Protocols = HttpProtocols.Http2);
        });
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(hub);
        await using var app = builder.Build();
        app.MapGrpcService<BareHub>();
        await app.StartAsync();
        await Console.Out.WriteLineAsync("ready");
        while (await Console.In.ReadLineAsync() is { } command)
        {
            if (command.Split(' ', 3) is ["execute", var count, var script])
            {
                var round = await hub.ExecuteAsync(int.Parse(count, System.Globalization.CultureInfo.InvariantCulture), script);
                await Console.Out.WriteLineAsync(JsonSerializer.Serialize(round));
            }
        }

        using var atOnce = new CancellationTokenSource();
        await atOnce.CancelAsync();
        await app.StopAsync(atOnce.Token);
        return 0;
    }

    public override Task<EnrolResponse> Enrol(EnrolRequest request, ServerCallContext context) => Task.FromResult(new EnrolResponse
    {
        Decision = EnrolResponse.Types.Decision.Approved,
        HubId = HubId,
        AgentId = ByteString.CopyFrom(Guid.CreateVersion7().ToByteArray(bigEndian: true)),
    });

    public override async Task Connect(IAsyncStreamReader<AgentMessage> requestStream, IServerStreamWriter<HubMessage> responseStream, ServerCallContext context)
    {
        await responseStream.WriteAsync(new HubMessage { Challenge = new Challenge { HubId = HubId, Nonce = ByteString.CopyFrom(RandomNumberGenerator.GetBytes(32)), LowestVersion = ProtocolVersion._1 } });
        await requestStream.MoveNext(context.CancellationToken);
        var number = Interlocked.Increment(ref _number);
        await responseStream.WriteAsync(new HubMessage
        {
            Welcome = new Welcome
            {
                SessionEpoch = number,
                FirstHeartbeatMs = UntilHeartbeat(number),
                Settings = new SessionSettings { HeartbeatSeconds = HeartbeatMs / 1_000, OutputWindowBytes = 1 << 18, OutputLiveBytesPerSecond = 1 << 16 },
            },
        });
        using var writer = new OneWriter(responseStream);
        _sessions[number] = writer;
        try
        {
            while (await requestStream.MoveNext(context.CancellationToken))
            {
                if (requestStream.Current.KindCase == AgentMessage.KindOneofCase.Heartbeat)
                {
                    await writer.WriteAsync(new HubMessage { HeartbeatReply = new HeartbeatReply { NextHeartbeatMs = HeartbeatMs } });
                }
                else if (requestStream.Current is { KindCase: AgentMessage.KindOneofCase.Finished } message)
                {
                    await writer.WriteAsync(new HubMessage { Acknowledge = new Acknowledge { Key = message.Finished.Key, End = true } });
                    if (Interlocked.Increment(ref _ended) == Volatile.Read(ref _wanted))
                    {
                        _all.TrySetResult(Stopwatch.GetTimestamp());
                    }
                }
            }
        }
        catch (Exception gone) when (gone is OperationCanceledException or IOException)
        {
            // The agent went.
        }
        finally
        {
            _sessions.TryRemove(number, out _);
        }
    }

    /// <summary>In ticks, as the hub asks for them.</summary>
    private static int UntilHeartbeat(long number) =>
        (int)((((number % (HeartbeatMs / TickMs) * TickMs) - (Environment.TickCount64 % HeartbeatMs)) + HeartbeatMs) % HeartbeatMs);

    private async Task<BareRound> ExecuteAsync(int count, string script)
    {
        _all = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        _ended = 0;
        var writers = _sessions.Values.Take(count).ToList();
        Volatile.Write(ref _wanted, writers.Count);
        _began = Stopwatch.GetTimestamp();
        var task = ByteString.CopyFrom(Guid.CreateVersion7().ToByteArray(bigEndian: true));
        var body = ByteString.CopyFromUtf8(script);
        await Parallel.ForEachAsync(writers, async (writer, _) => await writer.WriteAsync(new HubMessage
        {
            Execute = new Execute
            {
                Key = new AttemptKey { CommandHostId = ByteString.CopyFrom(Guid.CreateVersion7().ToByteArray(bigEndian: true)), Attempt = 1 },
                TaskId = task,
                NotAfterMs = long.MaxValue,
                Interpreter = { "/bin/sh" },
                TimeoutMs = 3_600_000,
                KillGraceMs = 5_000,
                TaskName = "swarm",
                OutputHeadBytes = 1 << 19,
                OutputTailBytes = 1 << 19,
                Payload = new Payload { Script = body },
            },
        }));
        return new BareRound(_sessions.Count, writers.Count, _began, await _all.Task.WaitAsync(TimeSpan.FromMinutes(2)));
    }

    /// <summary>One write at a time: heartbeats are answered while executes go out.</summary>
    private sealed class OneWriter(IServerStreamWriter<HubMessage> stream) : IDisposable
    {
        private readonly SemaphoreSlim _free = new(1);

        public async Task WriteAsync(HubMessage message)
        {
            await _free.WaitAsync();
            try
            {
                await stream.WriteAsync(message);
            }
            finally
            {
                _free.Release();
            }
        }

        public void Dispose() => _free.Dispose();
    }
}
