using TaskConsole.Protocol.V1;

namespace TaskConsole.Agent.Settings;

/// <summary>What the hub's settings ask of this session, with what stands for those it does not give.</summary>
internal sealed record SessionLimits(
    TimeSpan Heartbeat, long OutputLiveBytesPerSecond, long OutputWindowBytes)
{
    /// <summary>What a hub asks for by default, for as long as none has said otherwise.</summary>
    public static readonly TimeSpan UsualHeartbeat = TimeSpan.FromSeconds(15);

    private const long KiB = 1024;

    // One frame must fit.
    private const long SmallestWindow = 64 * KiB;

    public static SessionLimits From(SessionSettings? settings) => settings is null
        ? new SessionLimits(TimeSpan.FromSeconds(2), 64 * KiB, 256 * KiB)
        : new SessionLimits(
            TimeSpan.FromSeconds(Math.Clamp(settings.HeartbeatSeconds, 1, 300)),
            settings.OutputLiveBytesPerSecond > 0 ? settings.OutputLiveBytesPerSecond : 64 * KiB,
            Math.Max(SmallestWindow, settings.OutputWindowBytes > 0 ? settings.OutputWindowBytes : 256 * KiB));
}
