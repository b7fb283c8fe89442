using System.ComponentModel.DataAnnotations;

namespace TaskConsole.Core.Outputs;

/// <summary>Settings <c>Output:*</c>.</summary>
public sealed class OutputOptions
{
    /// <summary>Name of the section.</summary>
    public const string Section = "Output";

    /// <summary>Of each stream of an attempt it keeps this much, however many CommandHosts share the limit of their task.</summary>
    private const long LeastKeptBytes = 8 * 1024;

    private const int LeastHeadBytes = 1024;

    /// <summary>Bytes kept from the beginning of each stream of an attempt.</summary>
    [Range(LeastHeadBytes, 64 * 1024 * 1024)]
    public long KeptHeadBytes { get; set; } = 524_288;

    /// <summary>Bytes kept from the end of each stream of an attempt.</summary>
    [Range(0, 64 * 1024 * 1024)]
    public long KeptTailBytes { get; set; } = 524_288;

    /// <summary>Bytes a second that a running attempt sends past the head.</summary>
    [Range(1024, 64 * 1024 * 1024)]
    public long LiveBytesPerSecond { get; set; } = 65_536;

    /// <summary>Bytes of one attempt that may be sent and not yet acknowledged.</summary>
    [Range(65_536, 64 * 1024 * 1024)]
    public long WindowBytes { get; set; } = 262_144;

    /// <summary>
    /// Bytes kept of one task, one attempt of each CommandHost counted. Its CommandHosts have equal shares: on a task with
    /// very many each keeps less than it could alone, though at least 8 KiB of each stream.
    /// </summary>
    [Range(1024 * 1024, 1024L * 1024 * 1024 * 1024)]
    public long KeptTaskBytes { get; set; } = 32L * 1024 * 1024 * 1024;

    /// <summary>What an attempt keeps of each stream when its task has so many CommandHosts.</summary>
    public OutputLimits LimitsFor(int commandHosts)
    {
        var all = KeptHeadBytes + KeptTailBytes;
        var share = Math.Max(LeastKeptBytes, KeptTaskBytes / (2L * Math.Max(1, commandHosts)));
        if (all <= share)
        {
            return new OutputLimits(KeptHeadBytes, KeptTailBytes);
        }

        var head = Math.Max(LeastHeadBytes, KeptHeadBytes * share / all);
        return new OutputLimits(head, share - head);
    }
}
