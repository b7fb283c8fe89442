namespace TaskConsole.Swarm.Agents;

/// <summary>The agents of one worker process.</summary>
/// <param name="Hub">Where they connect.</param>
/// <param name="JoinToken">What they ask to join with.</param>
/// <param name="First">Number of the first; names are <c>sw-00000</c> and so on.</param>
/// <param name="Count">How many.</param>
/// <param name="Addresses">Loopback addresses that they connect from, 127.0.0.2 and up; 0: the usual one.</param>
/// <param name="StreamsPerConnection">Agents that share a TCP connection, as behind a relay.</param>
/// <param name="FlapsAfter">A session breaks by itself after about this long; zero: never.</param>
internal sealed record WorkerOptions(Uri Hub, string JoinToken, int First, int Count, int Addresses, int StreamsPerConnection, TimeSpan FlapsAfter);
