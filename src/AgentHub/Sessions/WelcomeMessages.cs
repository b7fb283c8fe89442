using TaskConsole.AgentHub.Delivery;
using TaskConsole.AgentHub.Protocol;
using TaskConsole.Core.Hosts;
using TaskConsole.Core.Outputs;
using Wire = TaskConsole.Protocol.V1;

namespace TaskConsole.AgentHub.Sessions;

/// <summary>What a committed hello is answered with.</summary>
internal static class WelcomeMessages
{
    /// <summary>The Welcome first, then cancels of dispatches that never arrived; each array is sent in one go.</summary>
    public static IEnumerable<Wire.HubMessage[]> From(SessionOpening opening, TimeSpan heartbeat, TimeSpan firstHeartbeat, OutputOptions output, DateTimeOffset now)
    {
        var welcome = new Wire.Welcome
        {
            SessionEpoch = opening.SessionEpoch,
            HubTimeMs = now.ToUnixTimeMilliseconds(),
            FirstHeartbeatMs = (int)firstHeartbeat.TotalMilliseconds,
            Settings = new Wire.SessionSettings
            {
                HeartbeatSeconds = (int)heartbeat.TotalSeconds,
                OutputLiveBytesPerSecond = output.LiveBytesPerSecond,
                OutputWindowBytes = output.WindowBytes,
            },
        };
        welcome.Attempts.AddRange(opening.Attempts.Select(Answer));
        return [[new Wire.HubMessage { Welcome = welcome }], .. opening.Cancels.Select(cancel => new[] { ExecuteMessages.From(cancel) })];
    }

    private static Wire.Reconciled Answer(ReconciledAttempt attempt)
    {
        var answer = new Wire.Reconciled
        {
            Key = Ids.ToWire(attempt.Key),
            StdoutOffset = attempt.StdoutOffset,
            StderrOffset = attempt.StderrOffset,
            Verdict = attempt.Verdict switch
            {
                ReconcileVerdict.Keep => Wire.Reconciled.Types.Verdict.Keep,
                ReconcileVerdict.Cancel => Wire.Reconciled.Types.Verdict.Cancel,
                ReconcileVerdict.Forget => Wire.Reconciled.Types.Verdict.Forget,
                _ => throw new ArgumentOutOfRangeException(nameof(attempt), attempt.Verdict, "Not a verdict."),
            },
        };
        if (attempt.Cancel is { } cancel)
        {
            answer.CancelReason = ExecuteMessages.Reason(cancel.Cause);
            answer.KillGraceMs = ExecuteMessages.Milliseconds(cancel.KillGrace);
        }

        return answer;
    }
}
