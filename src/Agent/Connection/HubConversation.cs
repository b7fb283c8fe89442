using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using TaskConsole.Agent.Attempts;
using TaskConsole.Agent.Journal;
using TaskConsole.Agent.Settings;
using TaskConsole.Agent.Spool;
using TaskConsole.Agent.Supervision.Messages;
using TaskConsole.Protocol.V1;

namespace TaskConsole.Agent.Connection;

/// <summary>
/// What is said about attempts in one session, after Welcome. What needs the disk (execute, cancel, forget,
/// the end's acknowledgement) is done one after the other, in the order it came, in <see cref="WorkAsync"/>.
/// </summary>
internal sealed partial class HubConversation(
    Outbox outbox,
    SessionLimits limits,
    AttemptRegistry attempts,
    AttemptAdmission admission,
    Leftovers leftovers,
    TimeProvider time,
    ILogger<HubConversation> logger)
{
    private const int MostWaiting = 256;
    private readonly System.Threading.Channels.Channel<Func<CancellationToken, Task>> _work =
        System.Threading.Channels.Channel.CreateBounded<Func<CancellationToken, Task>>(MostWaiting);
    private readonly ConcurrentDictionary<AttemptId, (AttemptUplink Uplink, Task Running)> _uplinks = new();
    private readonly PayloadAssembler _parts = new();

    /// <summary>Takes up every attempt of the hello as the hub decided.</summary>
    public void Reconcile(IReadOnlyList<TrackedAttempt> told, Welcome welcome, CancellationToken cancellationToken)
    {
        Dictionary<AttemptId, Reconciled> verdicts = [];
        foreach (var reconciled in welcome.Attempts)
        {
            if (AttemptId.TryFrom(reconciled.Key, out var id))
                verdicts[id] = reconciled;
        }

        foreach (var attempt in told)
        {
            var verdict = verdicts.GetValueOrDefault(attempt.Id) ?? new Reconciled
            {
                StdoutOffset = attempt.Acknowledged.StdoutOffset,
                StderrOffset = attempt.Acknowledged.StderrOffset,
            };
            if (verdict.Verdict == Reconciled.Types.Verdict.Forget)
            {
                attempts.Release(attempt, record => RecordEnd(attempt, record));
                continue;
            }

            if (verdict.Verdict == Reconciled.Types.Verdict.Cancel)
                attempt.Cancel(new SupervisorCommand { CancelReason = verdict.CancelReason, KillGraceMs = verdict.KillGraceMs });
            StartUplink(attempt, verdict.StdoutOffset, verdict.StderrOffset, cancellationToken);
        }
    }

    /// <summary>Takes a message of the hub; waits when too much work is waiting.</summary>
    public async ValueTask TakeAsync(HubMessage message, CancellationToken cancellationToken)
    {
        if (message.KindCase == HubMessage.KindOneofCase.ExecutePart)
        {
            _parts.Add(message.ExecutePart);
            return;
        }

        if (message.KindCase != HubMessage.KindOneofCase.Execute)
            _parts.Discard();
        switch (message.KindCase)
        {
            case HubMessage.KindOneofCase.Execute when AttemptId.TryFrom(message.Execute.Key, out var id):
                _parts.TryTake(message.Execute, id, out var payload);
                var execute = message.Execute;
                await EnqueueAsync(token => ExecuteAsync(id, execute, payload, token), cancellationToken);
                break;
            case HubMessage.KindOneofCase.Cancel when AttemptId.TryFrom(message.Cancel.Key, out var id):
                await EnqueueAsync(token => CancelAsync(id, message.Cancel, token), cancellationToken);
                break;
            case HubMessage.KindOneofCase.EndBackground when AttemptId.TryFrom(message.EndBackground.Key, out var id):
                var command = new SupervisorCommand { CancelReason = CancelReason.User, KillGraceMs = message.EndBackground.KillGraceMs };
                await EnqueueAsync(token => leftovers.EndAsync(id, command, token), cancellationToken);
                break;
            case HubMessage.KindOneofCase.Forget when AttemptId.TryFrom(message.Forget.Key, out var id):
                await EnqueueAsync(_ => Forget(id), cancellationToken);
                break;
            case HubMessage.KindOneofCase.Acknowledge when AttemptId.TryFrom(message.Acknowledge.Key, out var id):
                await AcknowledgeAsync(id, message.Acknowledge, cancellationToken);
                break;
            case HubMessage.KindOneofCase.Resend when AttemptId.TryFrom(message.Resend.Key, out var id):
                if (_uplinks.TryGetValue(id, out var resending) && TryStream(message.Resend.Stream, out var stream))
                    resending.Uplink.Resend(stream, message.Resend.Offset);
                break;
            default:
                LogIgnored(message.KindCase);
                break;
        }
    }

    /// <summary>Tells of what lingered in the background and has ended, each once in this session.</summary>
    public async Task TellLeftoversAsync(CancellationToken cancellationToken)
    {
        HashSet<AttemptId> told = [];
        while (true)
        {
            foreach (var (id, record) in leftovers.Ended.Where(ended => told.Add(ended.Id)))
                await outbox.SendAsync(new AgentMessage { BackgroundEnded = record.ToBackgroundEnded(id) }, cancellationToken);
            await leftovers.Changed.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Does the work until the session ends.</summary>
    public async Task WorkAsync(CancellationToken cancellationToken)
    {
        await foreach (var work in _work.Reader.ReadAllAsync(cancellationToken))
            await work(cancellationToken);
    }

    /// <summary>After the session's end: returns when nothing of it sends any more.</summary>
    public async Task EndAsync()
    {
        foreach (var (_, running) in _uplinks.Values)
            await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private ValueTask EnqueueAsync(Func<CancellationToken, Task> work, CancellationToken cancellationToken) =>
        _work.Writer.WriteAsync(work, cancellationToken);

    private async Task ExecuteAsync(AttemptId id, Execute execute, Payload? payload, CancellationToken cancellationToken)
    {
        var (claimed, known, answer) = admission.Admit(id, execute, payload, limits);
        if (claimed is not null)
            StartUplink(claimed, 0, 0, cancellationToken);
        if (known is not null && _uplinks.TryGetValue(id, out var running))
            running.Uplink.Repeat();
        if (answer is not null)
            await outbox.SendAsync(answer, cancellationToken);
    }

    private async Task CancelAsync(AttemptId id, Cancel cancel, CancellationToken cancellationToken)
    {
        if (!attempts.TryGet(id, out var attempt))
        {
            await outbox.SendAsync(admission.CancelUnknown(id), cancellationToken);
            return;
        }

        attempt.Cancel(new SupervisorCommand { CancelReason = cancel.Reason, KillGraceMs = cancel.KillGraceMs });
        if (attempt.End is not null && _uplinks.TryGetValue(id, out var running))
            running.Uplink.Repeat();
    }

    private Task Forget(AttemptId id)
    {
        if (attempts.TryGet(id, out var attempt))
            attempts.Release(attempt, record => RecordEnd(attempt, record));
        else
            admission.ForgetUnknown(id);
        return Task.CompletedTask;
    }

    private async ValueTask AcknowledgeAsync(AttemptId id, Acknowledge acknowledge, CancellationToken cancellationToken)
    {
        if (acknowledge.WhatCase == Acknowledge.WhatOneofCase.Background)
            leftovers.Acknowledge(id);
        else if (acknowledge.WhatCase == Acknowledge.WhatOneofCase.End && attempts.TryGet(id, out var attempt) && attempt.End is not null)
            await EnqueueAsync(_ => Forget(id), cancellationToken);
        else if (acknowledge.WhatCase == Acknowledge.WhatOneofCase.Output
            && TryStream(acknowledge.Output.Stream, out var stream)
            && _uplinks.TryGetValue(id, out var running))
            running.Uplink.Acknowledge(stream, acknowledge.Output.Offset);
    }

    private void StartUplink(TrackedAttempt attempt, long stdoutOffset, long stderrOffset, CancellationToken cancellationToken)
    {
        var uplink = new AttemptUplink(attempt, outbox, stdoutOffset, stderrOffset, time);
        _uplinks[attempt.Id] = (uplink, RunUplinkAsync(attempt.Id, uplink, cancellationToken));
        attempt.Changed.Set();
    }

    private async Task RunUplinkAsync(AttemptId id, AttemptUplink uplink, CancellationToken cancellationToken)
    {
        await Task.Yield();
        try
        {
            using (uplink)
                await uplink.RunAsync(cancellationToken);
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            LogUplinkFailed(failure, id);
        }

        _uplinks.TryRemove(id, out _);
    }

    private static void RecordEnd(TrackedAttempt attempt, Journal.Records.TombstoneRecord record)
    {
        if (attempt.End is { } end)
            record.Finished = attempt.ToFinished(end);
    }

    private static bool TryStream(OutputStream wire, out SpoolStream stream)
    {
        stream = (SpoolStream)wire;
        return wire is OutputStream.Stdout or OutputStream.Stderr;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Ignored a message of the hub: {Kind}")]
    private partial void LogIgnored(HubMessage.KindOneofCase kind);

    [LoggerMessage(Level = LogLevel.Error, Message = "Attempt {Attempt} is not told of any more in this session")]
    private partial void LogUplinkFailed(Exception failure, AttemptId attempt);
}
