using System.ComponentModel.DataAnnotations;

namespace TaskConsole.Core.Queue;

/// <summary>Settings <c>Dispatch:*</c>.</summary>
public sealed class DispatchOptions
{
    /// <summary>Name of the section.</summary>
    public const string Section = "Dispatch";

    /// <summary>Seconds that executions of an agent that is away stay Unreachable before they are Failed/AgentLost; 0: as soon as the stream breaks.</summary>
    [Range(0, 604_800)]
    public int AgentLostGraceSeconds { get; set; } = 120;

    /// <summary>Tasks that have something in flight at the same time; a Critical one is not held by it.</summary>
    [Range(1, 100_000)]
    public int MaxRunningTasks { get; set; } = 100;

    /// <summary>CommandHosts that agents hold at the same time.</summary>
    [Range(1, 10_000_000)]
    public int MaxRunningExecutions { get; set; } = 10_000;

    /// <summary>CommandHosts that one host holds at the same time.</summary>
    [Range(1, 1_000)]
    public int MaxRunningPerHost { get; set; } = 4;

    /// <summary>Seconds from TERM to KILL.</summary>
    [Range(0, 3_600)]
    public int KillGraceSeconds { get; set; } = 5;

    /// <summary>CommandHosts that one transaction claims at most.</summary>
    [Range(1, 10_000)]
    public int ClaimBatch { get; set; } = 1_000;

    /// <summary>Seconds after which the scheduler looks even when nobody told it to: finds what a lost hint left.</summary>
    [Range(0.05, 60)]
    public double SweepSeconds { get; set; } = 1;

    /// <summary>Seconds that a dispatch may be on its way before the agent refuses it.</summary>
    [Range(1, 600)]
    public int NotAfterSeconds { get; set; } = 120;
}
