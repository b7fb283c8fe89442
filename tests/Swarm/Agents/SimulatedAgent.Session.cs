using System.Threading.Channels;
using Grpc.Core;
using TaskConsole.Protocol.V1;

namespace TaskConsole.Swarm.Agents;

internal sealed partial class SimulatedAgent
{
    /// <summary>One session. What it has to send waits in a queue: one writer, and the state belongs to it alone.</summary>
    private sealed class Session(SimulatedAgent agent, AsyncDuplexStreamingCall<AgentMessage, HubMessage> call, SessionSettings settings, CancellationTokenSource ended)
    {
        private readonly Channel<object> _inbox = Channel.CreateUnbounded<object>(new UnboundedChannelOptions { SingleReader = true });
        private static readonly object Beat = new();

        /// <summary>Attempts that wait until the live rate lets them go on.</summary>
        private readonly HashSet<SimulatedAttempt> _paused = [];

        public async Task RunAsync(Welcome welcome)
        {
            _inbox.Writer.TryWrite(welcome);
            var writing = WriteAsync(ended.Token);
            using var beats = new Timer(_ => _inbox.Writer.TryWrite(Beat), null, welcome.FirstHeartbeatMs > 0 ? welcome.FirstHeartbeatMs : Interval, Interval);
            try
            {
                while (await call.ResponseStream.MoveNext(ended.Token))
                {
                    var message = call.ResponseStream.Current;
                    if (message.HeartbeatReply is { } reply)
                    {
                        if (reply.NextHeartbeatMs > 0)
                        {
                            beats.Change(reply.NextHeartbeatMs, Interval);
                        }

                        continue;
                    }

                    _inbox.Writer.TryWrite(message);
                }
            }
            finally
            {
                _inbox.Writer.TryComplete();
                await ended.CancelAsync();
                await writing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        private int Interval => settings.HeartbeatSeconds * 1_000;

        private async Task WriteAsync(CancellationToken cancellationToken)
        {
            await foreach (var item in _inbox.Reader.ReadAllAsync(cancellationToken))
            {
                switch (item)
                {
                    case Welcome welcome:
                        await ReconcileAsync(welcome, cancellationToken);
                        break;
                    case HubMessage message:
                        await TakeAsync(message, cancellationToken);
                        break;
                    case SimulatedAttempt over:
                        over.Ended = true;
                        await PushAsync(over, cancellationToken);
                        break;
                    case Awake awake:
                        _paused.Remove(awake.Attempt);
                        await PushAsync(awake.Attempt, cancellationToken);
                        break;
                    default:
                        await SendAsync(
                            new AgentMessage { Heartbeat = new Heartbeat { AgentTimeMs = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds(), JournalSequence = agent._sequence, Load = new HostLoad { Cpu = 0.1, Memory = 0.2 } } },
                            cancellationToken);
                        break;
                }
            }
        }

        private async Task ReconcileAsync(Welcome welcome, CancellationToken cancellationToken)
        {
            foreach (var answer in welcome.Attempts)
            {
                if (!agent._attempts.TryGetValue(answer.Key, out var attempt))
                {
                    continue;
                }

                if (answer.Verdict == Reconciled.Types.Verdict.Forget)
                {
                    Forget(attempt);
                    continue;
                }

                attempt.Output.GoOnFrom(answer.StdoutOffset);
                attempt.EndSent = false;
                if (answer.Verdict == Reconciled.Types.Verdict.Cancel)
                {
                    attempt.Cancel();
                }

                Schedule(attempt);
                await PushAsync(attempt, cancellationToken);
            }
        }

        private async Task TakeAsync(HubMessage message, CancellationToken cancellationToken)
        {
            switch (message.KindCase)
            {
                case HubMessage.KindOneofCase.Probe:
                    await SendAsync(Answer(message.Probe), cancellationToken);
                    break;
                case HubMessage.KindOneofCase.Execute:
                    await ExecuteAsync(message.Execute, cancellationToken);
                    break;
                case HubMessage.KindOneofCase.Cancel when agent._attempts.TryGetValue(message.Cancel.Key, out var canceled):
                    canceled.Cancel();
                    await PushAsync(canceled, cancellationToken);
                    break;
                case HubMessage.KindOneofCase.Cancel when !agent._tombstones.Contains(message.Cancel.Key):
                    var unknown = SimulatedAttempt.CanceledBefore(message.Cancel.Key, ++agent._sequence);
                    agent._attempts.Add(unknown.Key, unknown);
                    await PushAsync(unknown, cancellationToken);
                    break;
                case HubMessage.KindOneofCase.Acknowledge when agent._attempts.TryGetValue(message.Acknowledge.Key, out var attempt):
                    await AcknowledgedAsync(message.Acknowledge, attempt, cancellationToken);
                    break;
                case HubMessage.KindOneofCase.Resend when agent._attempts.TryGetValue(message.Resend.Key, out var behind):
                    behind.Output.GoOnFrom(message.Resend.Offset);
                    behind.EndSent = false;
                    await PushAsync(behind, cancellationToken);
                    break;
                case HubMessage.KindOneofCase.Forget when agent._attempts.TryGetValue(message.Forget.Key, out var unwanted):
                    Forget(unwanted);
                    break;
            }
        }

        private async Task ExecuteAsync(Execute execute, CancellationToken cancellationToken)
        {
            if (agent._attempts.ContainsKey(execute.Key) || agent._tombstones.Contains(execute.Key))
            {
                agent.Repeated();
                return;
            }

            agent.Arrived(execute.TaskId);
            var script = SwarmScript.Parse(execute.Payload?.Script.ToStringUtf8() ?? "", agent.Number).OnOneHost();
            var attempt = new SimulatedAttempt(execute.Key, script, (execute.OutputHeadBytes, execute.OutputTailBytes), ++agent._sequence, SimulatedAttempt.ContentFor(script, agent.Name));
            agent._attempts.Add(execute.Key, attempt);
            await SendAsync(
                new AgentMessage { Started = new Started { Key = execute.Key, JournalSequence = attempt.Sequence, ClaimedAtMs = attempt.StartedAtMs, StartedAtMs = attempt.StartedAtMs, Pid = 1 } },
                cancellationToken);
            Schedule(attempt);
            await PushAsync(attempt, cancellationToken);
            if (script.Flaps)
            {
                ended.CancelAfter(script.Milliseconds / 2);
            }
        }

        private async Task AcknowledgedAsync(Acknowledge acknowledge, SimulatedAttempt attempt, CancellationToken cancellationToken)
        {
            if (acknowledge.WhatCase == Acknowledge.WhatOneofCase.End)
            {
                agent.EndAcknowledged(attempt.Output.Acknowledge(attempt.Output.Sent));
                Forget(attempt);
                return;
            }

            agent.OutputAcknowledged(attempt.Output.Acknowledge(acknowledge.Output.Offset));
            await PushAsync(attempt, cancellationToken);
        }

        /// <summary>Sends what the window allows, and the end behind the last of it.</summary>
        private async Task PushAsync(SimulatedAttempt attempt, CancellationToken cancellationToken)
        {
            var pause = TimeSpan.Zero;
            while (attempt.Output.Unacknowledged < settings.OutputWindowBytes && attempt.Next(settings, out pause) is { } message)
            {
                await SendAsync(message, cancellationToken);
            }

            if (pause > TimeSpan.Zero && _paused.Add(attempt))
            {
                _ = Task.Delay(pause, cancellationToken).ContinueWith(_ => _inbox.Writer.TryWrite(new Awake(attempt)), TaskScheduler.Default);
            }

            if (!attempt.EndSent && attempt.IsAllSent)
            {
                attempt.EndSent = true;
                await SendAsync(new AgentMessage { Finished = attempt.End() }, cancellationToken);
            }
        }

        private void Schedule(SimulatedAttempt attempt)
        {
            if (attempt.Script.Milliseconds == 0 || attempt.Ended)
            {
                attempt.Ended |= !attempt.Script.IsEndless;
                return;
            }

            _ = Task.Delay(attempt.Script.Milliseconds).ContinueWith(_ => _inbox.Writer.TryWrite(attempt), TaskScheduler.Default);
        }

        private void Forget(SimulatedAttempt attempt)
        {
            agent._attempts.Remove(attempt.Key);
            agent._tombstones.Add(attempt.Key);
        }

        private sealed record Awake(SimulatedAttempt Attempt);

        private Task SendAsync(AgentMessage message, CancellationToken cancellationToken) => call.RequestStream.WriteAsync(message, cancellationToken);
    }
}
