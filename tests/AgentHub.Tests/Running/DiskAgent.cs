using System.Security.Cryptography;
using Google.Protobuf;
using Grpc.Core;
using Wire = TaskConsole.Protocol.V1;

namespace TaskConsole.AgentHub.Tests.Running;

/// <summary>What an agent keeps in its data directory, so that it can be copied.</summary>
internal sealed class AgentDisk
{
    private readonly Lock _gate = new();
    private readonly Dictionary<Wire.AttemptKey, DiskAttempt> _attempts = [];
    private ulong _sequence;
    private long? _lastEpoch;

    public required ECDsa Key { get; init; }

    public required Guid AgentId { get; init; }

    public ByteString JournalId { get; init; } = ByteString.CopyFrom(Guid.CreateVersion7().ToByteArray(bigEndian: true));

    public long? LastEpoch
    {
        get
        {
            lock (_gate)
            {
                return _lastEpoch;
            }
        }

        set
        {
            lock (_gate)
            {
                _lastEpoch = value;
            }
        }
    }

    /// <summary>As it stands now. What runs is not in the copy: its agent finds claims that nobody carries out, and says that they were lost.</summary>
    public AgentDisk Copy()
    {
        lock (_gate)
        {
            var copy = new AgentDisk { Key = Key, AgentId = AgentId, JournalId = JournalId, _sequence = _sequence, _lastEpoch = _lastEpoch };
            foreach (var (key, attempt) in _attempts)
            {
                copy._attempts.Add(key, attempt.Outcome == Wire.Outcome.Unspecified ? attempt with { Outcome = Wire.Outcome.SupervisorLost, EndSequence = ++copy._sequence } : attempt);
            }

            return copy;
        }
    }

    /// <summary>False: it has this attempt, or had it.</summary>
    public bool TryClaim(Wire.AttemptKey key, out DiskAttempt claimed)
    {
        lock (_gate)
        {
            claimed = new DiskAttempt(key, ++_sequence, TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds());
            return _attempts.TryAdd(key, claimed);
        }
    }

    public DiskAttempt? End(Wire.AttemptKey key)
    {
        lock (_gate)
        {
            return _attempts.TryGetValue(key, out var attempt) && attempt.Outcome == Wire.Outcome.Unspecified
                ? _attempts[key] = attempt with { Outcome = Wire.Outcome.Exited, EndSequence = ++_sequence }
                : null;
        }
    }

    public void Forget(Wire.AttemptKey key)
    {
        lock (_gate)
        {
            if (_attempts.TryGetValue(key, out var attempt))
            {
                _attempts[key] = attempt with { IsForgotten = true };
            }
        }
    }

    public IReadOnlyList<DiskAttempt> Kept()
    {
        lock (_gate)
        {
            return [.. _attempts.Values.Where(attempt => !attempt.IsForgotten).OrderBy(attempt => attempt.Sequence)];
        }
    }

    public void Describe(Wire.Hello hello)
    {
        lock (_gate)
        {
            hello.AgentId = ByteString.CopyFrom(AgentId.ToByteArray(bigEndian: true));
            hello.JournalId = JournalId;
            hello.JournalSequence = _sequence;
            if (_lastEpoch is { } epoch)
            {
                hello.LastEpoch = epoch;
            }

            hello.Attempts.AddRange(_attempts.Values.Where(attempt => !attempt.IsForgotten).OrderBy(attempt => attempt.Sequence).Select(attempt => attempt.Entry()));
        }
    }
}

/// <summary>An attempt in a journal.</summary>
internal sealed record DiskAttempt(Wire.AttemptKey Key, ulong Sequence, long StartedAtMs)
{
    /// <summary>Unspecified: it runs.</summary>
    public Wire.Outcome Outcome { get; init; }

    public ulong EndSequence { get; init; }

    public bool IsForgotten { get; init; }

    public Wire.JournalEntry Entry() => new()
    {
        Key = Key,
        State = Outcome == Wire.Outcome.Unspecified ? Wire.JournalEntry.Types.State.Running : Wire.JournalEntry.Types.State.Ended,
        JournalSequence = Sequence,
        StartedAtMs = StartedAtMs,
        Outcome = Outcome,
    };

    public Wire.AgentMessage Started() => new()
    {
        Started = new Wire.Started { Key = Key, JournalSequence = Sequence, ClaimedAtMs = StartedAtMs, StartedAtMs = StartedAtMs, Pid = 2 },
    };

    public Wire.AgentMessage Finished() => new()
    {
        Finished = new Wire.Finished
        {
            Key = Key,
            JournalSequence = EndSequence,
            Outcome = Outcome,
            ClaimedAtMs = StartedAtMs,
            StartedAtMs = StartedAtMs,
            FinishedAtMs = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds(),
            DurationMs = 1,
        },
    };
}

/// <summary>
/// One process of an agent on a disk, as far as the wire goes: claims before it says that something runs, stores the
/// epoch before it confirms it, answers probes, and comes back when its stream breaks.
/// </summary>
/// <param name="client">Of a connection of its own.</param>
/// <param name="name">Of its host.</param>
/// <param name="disk">Its data directory.</param>
/// <param name="runs">How long what it starts runs.</param>
/// <param name="started">Is told of each start.</param>
internal sealed class DiskAgent(HubClient client, string name, AgentDisk disk, Func<TimeSpan> runs, Action<Wire.AttemptKey> started) : IAsyncDisposable
{
    private readonly ByteString _place = ByteString.CopyFrom(RandomNumberGenerator.GetBytes(16));
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _gate = new();
    private CancellationTokenSource _session = new();
    private Func<Wire.AgentMessage, Task>? _send;
    private Task _running = Task.CompletedTask;

    /// <summary>Its data directory.</summary>
    public AgentDisk Disk => disk;

    /// <summary>How long it waits after a session.</summary>
    public Func<TimeSpan> Pause { get; set; } = () => TimeSpan.FromMilliseconds(Random.Shared.Next(250));

    /// <summary>Of the last session that was welcomed.</summary>
    public long Epoch { get; private set; }

    /// <summary>Sessions that the hub refused because there are two agents.</summary>
    public int Refused { get; private set; }

    public DiskAgent Start()
    {
        _running = RunAsync();
        return this;
    }

    /// <summary>Its stream breaks; it comes back after a pause.</summary>
    public void Break()
    {
        lock (_gate)
        {
            _session.Cancel();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested)
        {
            return;
        }

        await _stop.CancelAsync();
        Break();
        await _running;
        _session.Dispose();
    }

    private async Task RunAsync()
    {
        await Task.Yield();
        while (!_stop.IsCancellationRequested)
        {
            CancellationToken token;
            lock (_gate)
            {
                _session.Dispose();
                _session = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
                token = _session.Token;
            }

            try
            {
                await SessionAsync(token);
            }
            catch (RpcException refused) when (refused.StatusCode == StatusCode.AlreadyExists)
            {
                Refused++;
            }
            catch (Exception broken) when (broken is RpcException or OperationCanceledException or IOException or InvalidOperationException)
            {
                // It comes back.
            }
            finally
            {
                _send = null;
            }

            await Task.Delay(Pause(), _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task SessionAsync(CancellationToken token)
    {
        using var call = client.Connect();
        await using var broken = token.UnsafeRegister(static state => ((IDisposable)state!).Dispose(), call);
        using var oneWriter = new SemaphoreSlim(1);
        var challenge = (await NextAsync()).Challenge;
        var hello = new Wire.Hello
        {
            Version = Wire.ProtocolVersion._1,
            AgentNonce = ByteString.CopyFrom(RandomNumberGenerator.GetBytes(32)),
            AgentTimeMs = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds(),
            BootId = "boot-1",
            Name = name,
            Facts = new Wire.HostFacts { Os = "debian", Arch = "x64" },
            PlaceId = _place,
        };
        disk.Describe(hello);
        await SendAsync(new Wire.AgentMessage { Hello = AgentKey.Sign(disk.Key, hello, challenge) });
        var welcome = (await NextAsync()).Welcome;
        disk.LastEpoch = Epoch = welcome.SessionEpoch;
        await SendAsync(new Wire.AgentMessage { EpochKept = new Wire.EpochKept { SessionEpoch = Epoch } });
        _send = SendAsync;
        foreach (var reconciled in welcome.Attempts.Where(reconciled => reconciled.Verdict == Wire.Reconciled.Types.Verdict.Forget))
        {
            disk.Forget(reconciled.Key);
        }

        foreach (var ended in disk.Kept().Where(attempt => attempt.Outcome != Wire.Outcome.Unspecified))
        {
            await SendAsync(ended.Finished());
        }

        while (true)
        {
            var message = await NextAsync();
            if (message.Execute is { } execute && disk.TryClaim(execute.Key, out var claimed))
            {
                started(execute.Key);
                _ = EndLaterAsync(execute.Key);
                await SendAsync(claimed.Started());
            }
            else if (message.Acknowledge is { End: true } acknowledged)
            {
                disk.Forget(acknowledged.Key);
            }
        }

        async Task<Wire.HubMessage> NextAsync()
        {
            while (await call.ResponseStream.MoveNext(token))
            {
                if (call.ResponseStream.Current.Probe is not { } probe)
                {
                    return call.ResponseStream.Current;
                }

                await SendAsync(new Wire.AgentMessage { ProbeAnswer = new Wire.ProbeAnswer { Nonce = probe.Nonce } });
            }

            throw new RpcException(Status.DefaultSuccess);
        }

        async Task SendAsync(Wire.AgentMessage message)
        {
            await oneWriter.WaitAsync(token);
            try
            {
                await call.RequestStream.WriteAsync(message.ToByteArray(), token);
            }
            finally
            {
                oneWriter.Release();
            }
        }
    }

    private async Task EndLaterAsync(Wire.AttemptKey key)
    {
        await Task.Delay(runs());
        if (disk.End(key) is { } ended && _send is { } send)
        {
            await Record.ExceptionAsync(() => send(ended.Finished()));
        }
    }
}
