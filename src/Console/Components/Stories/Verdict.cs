using TaskConsole.Core.Tasks;

namespace TaskConsole.Console.Components.Stories;

/// <summary>A status with its reason.</summary>
internal readonly record struct Verdict(CommandHostStatus Status, Reason? Reason);
