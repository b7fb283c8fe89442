using TaskConsole.Core.Tasks.Composing;

namespace TaskConsole.Console.Components.Tasks.Compose;

/// <summary>How the hosts of a task are chosen.</summary>
public enum TargetMode
{
    Selector,
    Hosts,
    All,
}

/// <summary>Where a task will run, while it is being composed.</summary>
public sealed class TargetDraft
{
    public TargetMode Mode { get; set; }

    public string Selector { get; set; } = "";

    /// <summary>Picked hosts with their names, in the order in which they were picked.</summary>
    public Dictionary<Guid, string> Hosts { get; set; } = [];

    /// <summary>The targets as Core takes them.</summary>
    public TargetSpec ToSpec() => Mode switch
    {
        TargetMode.Hosts => new TargetSpec { HostIds = [.. Hosts.Keys] },
        TargetMode.All => new TargetSpec { All = true },
        _ => new TargetSpec { Selector = Selector.Trim() },
    };

    public static TargetDraft Like(TargetSpec targets)
    {
        ArgumentNullException.ThrowIfNull(targets);
        return targets switch
        {
            { HostIds: { } ids } => new TargetDraft { Mode = TargetMode.Hosts, Hosts = ids.ToDictionary(id => id, _ => "") },
            { All: true } => new TargetDraft { Mode = TargetMode.All },
            _ => new TargetDraft { Selector = targets.Selector ?? "" },
        };
    }
}

/// <summary>What a target hits now.</summary>
/// <param name="Count">Hosts; null while it is not known, or the selector is not right.</param>
public readonly record struct TargetCount(int? Count, int Online, int Offline);
