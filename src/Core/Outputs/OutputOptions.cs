using System.ComponentModel.DataAnnotations;

namespace TaskConsole.Core.Outputs;

/// <summary>Settings <c>Output:*</c>, for each attempt and stream.</summary>
public sealed class OutputOptions
{
    /// <summary>Name of the section.</summary>
    public const string Section = "Output";

    /// <summary>Bytes kept from the beginning.</summary>
    [Range(1024, 64 * 1024 * 1024)]
    public long KeptHeadBytes { get; set; } = 524_288;

    /// <summary>Bytes kept from the end.</summary>
    [Range(0, 64 * 1024 * 1024)]
    public long KeptTailBytes { get; set; } = 524_288;

    /// <summary>Bytes a second that a running attempt sends past the head.</summary>
    [Range(1024, 64 * 1024 * 1024)]
    public long LiveBytesPerSecond { get; set; } = 65_536;

    /// <summary>Bytes of one attempt that may be sent and not yet acknowledged.</summary>
    [Range(65_536, 64 * 1024 * 1024)]
    public long WindowBytes { get; set; } = 262_144;
}
