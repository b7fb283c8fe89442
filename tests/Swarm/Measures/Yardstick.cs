using TaskConsole.Swarm.Agents;

namespace TaskConsole.Swarm.Measures;

/// <summary>What the bare hub and the console are both asked to do, so that their figures may be compared.</summary>
internal static class Yardstick
{
    /// <summary>Rounds before those that count: a console that runs for weeks has compiled what is hot, and the bare hub is to have it too.</summary>
    public const int WarmUps = 4;

    /// <summary>Rounds of each measure that count.</summary>
    public const int Rounds = 3;

    /// <summary>Calls of which the percentiles of a round trip are taken.</summary>
    public const int Calls = 200;

    /// <summary>20 bytes of output, at once.</summary>
    public static readonly SwarmScript Plain = new(20, 0, 0, Distinct: false);
}
