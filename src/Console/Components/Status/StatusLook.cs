using TaskConsole.Core.Hosts;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Console.Components.Status;

/// <summary>Shapes of a status, so that colour is never the only sign.</summary>
public enum StatusShape
{
    Disc,
    HalfDisc,
    Ring,
    DashedRing,
    Diamond,
    Triangle,
    HollowTriangle,
    Square,
    Cross,
    Dash,
    Bars,
}

/// <summary>How a status looks: class for its colour, shape, and the key of its word.</summary>
/// <param name="Css">Class that carries the colour.</param>
/// <param name="Shape">Shape of the mark.</param>
/// <param name="Key">Key of the word in the resources.</param>
public readonly record struct StatusLook(string Css, StatusShape Shape, string Key)
{
    /// <summary>Statuses in the order in which bars and legends show them.</summary>
    public static IReadOnlyList<CommandHostStatus> Order { get; } =
    [
        CommandHostStatus.Succeeded, CommandHostStatus.Running, CommandHostStatus.Dispatched, CommandHostStatus.Unreachable,
        CommandHostStatus.Failed, CommandHostStatus.TimedOut, CommandHostStatus.DispatchFailed, CommandHostStatus.Canceled,
        CommandHostStatus.Skipped, CommandHostStatus.Pending,
    ];

    public static StatusLook Of(CommandHostStatus status) => status switch
    {
        CommandHostStatus.Pending => new("is-pending", StatusShape.DashedRing, "Status.Pending"),
        CommandHostStatus.Dispatched => new("is-dispatched", StatusShape.Ring, "Status.Dispatched"),
        CommandHostStatus.Running => new("is-running", StatusShape.HalfDisc, "Status.Running"),
        CommandHostStatus.Unreachable => new("is-unreachable", StatusShape.Diamond, "Status.Unreachable"),
        CommandHostStatus.Succeeded => new("is-succeeded", StatusShape.Disc, "Status.Succeeded"),
        CommandHostStatus.Failed => new("is-failed", StatusShape.Triangle, "Status.Failed"),
        CommandHostStatus.TimedOut => new("is-timed-out", StatusShape.Square, "Status.TimedOut"),
        CommandHostStatus.Canceled => new("is-canceled", StatusShape.Cross, "Status.Canceled"),
        CommandHostStatus.DispatchFailed => new("is-dispatch-failed", StatusShape.HollowTriangle, "Status.DispatchFailed"),
        CommandHostStatus.Skipped => new("is-skipped", StatusShape.Dash, "Status.Skipped"),
        _ => throw new ArgumentOutOfRangeException(nameof(status), status, null),
    };

    public static StatusLook Of(OpsTaskStatus status) => status switch
    {
        OpsTaskStatus.Pending => new("is-pending", StatusShape.DashedRing, "TaskStatus.Pending"),
        OpsTaskStatus.AwaitingApproval => new("is-asking", StatusShape.Diamond, "TaskStatus.AwaitingApproval"),
        OpsTaskStatus.Queued => new("is-dispatched", StatusShape.Ring, "TaskStatus.Queued"),
        OpsTaskStatus.Running => new("is-running", StatusShape.HalfDisc, "TaskStatus.Running"),
        OpsTaskStatus.Paused => new("is-paused", StatusShape.Bars, "TaskStatus.Paused"),
        OpsTaskStatus.Completed => new("is-succeeded", StatusShape.Disc, "TaskStatus.Completed"),
        OpsTaskStatus.Failed => new("is-failed", StatusShape.Triangle, "TaskStatus.Failed"),
        OpsTaskStatus.Canceled => new("is-canceled", StatusShape.Cross, "TaskStatus.Canceled"),
        _ => throw new ArgumentOutOfRangeException(nameof(status), status, null),
    };

    public static StatusLook Of(HostStatus status) => status switch
    {
        HostStatus.Online => new("is-online", StatusShape.Disc, "HostStatus.Online"),
        HostStatus.Offline => new("is-offline", StatusShape.Ring, "HostStatus.Offline"),
        HostStatus.Pending => new("is-asking", StatusShape.Diamond, "HostStatus.Pending"),
        HostStatus.Rejected => new("is-rejected", StatusShape.Cross, "HostStatus.Rejected"),
        HostStatus.Draining => new("is-draining", StatusShape.Dash, "HostStatus.Draining"),
        HostStatus.Duplicate => new("is-duplicate", StatusShape.Triangle, "HostStatus.Duplicate"),
        _ => throw new ArgumentOutOfRangeException(nameof(status), status, null),
    };
}
