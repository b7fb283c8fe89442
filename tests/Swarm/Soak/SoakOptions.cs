namespace TaskConsole.Swarm.Soak;

/// <summary>A leak soak.</summary>
/// <param name="Agents">Simulated agents.</param>
/// <param name="Store">sqlite or mariadb.</param>
/// <param name="Duration">How long it goes on.</param>
/// <param name="WarmUp">How much of it does not count: caches fill, code is compiled.</param>
/// <param name="FlapsAfter">How long a session of an agent lasts, about.</param>
/// <param name="Folder">Where samples and plot go.</param>
internal sealed record SoakOptions(int Agents, string Store, TimeSpan Duration, TimeSpan WarmUp, TimeSpan FlapsAfter, string Folder);
