using CsCheck;
using TaskConsole.Core.Results;

namespace TaskConsole.Core.Tests.Model;

internal enum StepKind
{
    Dispatch,
    Started,
    Output,
    Finished,
    CancelTask,
    CancelHost,
    Disconnect,
    Hello,
    Drain,
    Resolve,
    Advance,
    Sweep,
}

/// <summary>One random step; what its numbers mean depends on where the model stands.</summary>
/// <param name="Kind">What happens.</param>
/// <param name="Row">Which CommandHost, host or task, modulo how many there are.</param>
/// <param name="Twist">0 to 99: mostly nothing special, sometimes the wrong host, attempt, session or offset.</param>
/// <param name="Size">Bytes, or which outcome, or how long.</param>
internal sealed record Step(StepKind Kind, int Row, int Twist, int Size)
{
    // Below, at and beyond each deadline that there is, so that any of them may come first.
    private static readonly int[] Advances = [1, 4, 9, 15, 25, 45, 61, 100, 150, 700];

    public static Gen<Step> Any { get; } = Gen.Select(
        Gen.Frequency(
            (9, StepKind.Dispatch),
            (10, StepKind.Started),
            (10, StepKind.Output),
            (20, StepKind.Finished),
            (1, StepKind.CancelTask),
            (2, StepKind.CancelHost),
            (4, StepKind.Disconnect),
            (5, StepKind.Hello),
            (1, StepKind.Drain),
            (1, StepKind.Resolve),
            (7, StepKind.Advance),
            (5, StepKind.Sweep)),
        Gen.Int[0, 35],
        Gen.Int[0, 99],
        Gen.Int[0, 1_500],
        (kind, row, twist, size) => new Step(kind, row, twist, size));

    public AttemptOutcome Outcome => (Size % 16) switch
    {
        < 7 => AttemptOutcome.Exited,
        7 => AttemptOutcome.Signaled,
        8 => AttemptOutcome.StartFailed,
        9 => AttemptOutcome.TimedOut,
        10 => AttemptOutcome.TaskTimedOut,
        11 => AttemptOutcome.Canceled,
        12 => AttemptOutcome.SupervisorLost,
        13 => AttemptOutcome.HostRestarted,
        14 => AttemptOutcome.Refused,
        _ => AttemptOutcome.Exited,
    };

    public int ExitCode => Size % 16 == 15 ? 3 : 0;

    public TimeSpan Advance => TimeSpan.FromSeconds(Advances[Size % Advances.Length]);

    public override string ToString() => $"{Kind}({Row},{Twist},{Size})";
}
