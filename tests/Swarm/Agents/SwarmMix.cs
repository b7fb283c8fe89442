namespace TaskConsole.Swarm.Agents;

/// <summary>One script for all agents that each takes in its own way: of ten, six are fast, and one each slow, chatty, failing and flapping.</summary>
internal static class SwarmMix
{
    public const string Script = "swarm mix";
    public const int FailingExitCode = 3;

    /// <summary>What a chatty one prints, bytes.</summary>
    public const int ChattyBytes = 256 * 1024;

    private const int Each = 10;
    private const int Slow = 6;
    private const int Chatty = 7;
    private const int Failing = 8;
    private const int Flapping = 9;

    public static SwarmScript Of(int number) => (number % Each) switch
    {
        Slow => new SwarmScript(20, 3_000, 0, Distinct: false),
        Chatty => new SwarmScript(ChattyBytes, 0, 0, Distinct: true),
        Failing => new SwarmScript(20, 0, FailingExitCode, Distinct: false),
        Flapping => new SwarmScript(20, 2_000, 0, Distinct: false, Flaps: true),
        _ => new SwarmScript(20, 0, 0, Distinct: false),
    };

    public static bool Fails(int number) => number % Each == Failing;
}
