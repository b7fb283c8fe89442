namespace TaskConsole.Swarm.Pages;

/// <summary>What the measure of the task page does.</summary>
/// <param name="Agents">Agents, and hosts of each task.</param>
/// <param name="Addresses">Loopback addresses that agents connect from; 0: the usual one.</param>
/// <param name="Open">How long one page stays open and is watched for growth.</param>
/// <param name="Rounds">How often each page is opened.</param>
/// <param name="Json">File for the report; null: none.</param>
/// <param name="Csv">File for the samples; null: none.</param>
/// <param name="Pictures">Folder for a picture of each page; null: none.</param>
internal sealed record PageRunOptions(int Agents, int Addresses, TimeSpan Open, int Rounds, string? Json, string? Csv, string? Pictures);
