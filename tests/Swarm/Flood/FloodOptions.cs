namespace TaskConsole.Swarm.Flood;

/// <summary>A flood.</summary>
/// <param name="Agents">Simulated agents that print without end.</param>
/// <param name="RealAgents">Real agents that do, from one up; the last prints as fast as it can, the others by their own clock.</param>
/// <param name="Store">sqlite or mariadb.</param>
/// <param name="Quiet">How long the others are measured before it.</param>
/// <param name="Duration">How long it lasts.</param>
/// <param name="LiveKibibytes">What the console lets each of them send a second past the head; null: as it comes.</param>
/// <param name="Folder">Where samples and plot go.</param>
internal sealed record FloodOptions(int Agents, int RealAgents, string Store, TimeSpan Quiet, TimeSpan Duration, int? LiveKibibytes, string Folder)
{
    /// <summary>Simulated agents that get short tasks meanwhile, in a process of their own.</summary>
    public const int Others = 20;

    /// <summary>The number of the first of them.</summary>
    public const int FirstOther = 90_000;

    /// <summary>What each simulated script prints, many times the live rate.</summary>
    public const long BytesPerSecond = 4 * 1024 * 1024;
}
