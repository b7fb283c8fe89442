using System.ComponentModel.DataAnnotations;

namespace TaskConsole.Core.Hosts;

/// <summary>Settings <c>Agents:*</c>.</summary>
public sealed class AgentsOptions
{
    /// <summary>Name of the section.</summary>
    public const string Section = "Agents";

    /// <summary>Lets an agent ask to join, at least 16 characters; null: the one made at first start.</summary>
    [MinLength(16)]
    public string? JoinToken { get; set; }

    /// <summary>Whether a joining agent need not wait for an operator. A new key under a name that exists waits always.</summary>
    public bool AutoApprove { get; set; }

    /// <summary>Seconds that something to be sent waits for an agent that is away (<c>AgentHub:OfflineAfterSeconds</c>).</summary>
    [Range(0, 604_800)]
    public int OfflineAfterSeconds { get; set; } = 10;
}
