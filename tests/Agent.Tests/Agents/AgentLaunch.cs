namespace TaskConsole.Agent.Tests.Agents;

/// <summary>How an agent is started.</summary>
public sealed record AgentLaunch
{
    /// <summary>Filled in by the fixture.</summary>
    public string Hub { get; init; } = "";

    /// <summary>Filled in by the fixture when it is empty.</summary>
    public string DataDirectory { get; init; } = "";

    /// <summary>Null: the agent that was built with these tests.</summary>
    public string? Program { get; init; }

    /// <summary>A program, with arguments, that becomes the agent: its pid has to be the agent's.</summary>
    public IReadOnlyList<string> Through { get; init; } = [];

    /// <summary>What it is called with <c>--name</c>; null: it is not told.</summary>
    public string? Name { get; init; } = "test-01";

    /// <summary>What it is given with <c>--label</c>; null: it is not told.</summary>
    public string? Label { get; init; } = "env=test";

    /// <summary>More arguments of the agent.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>More variables of its environment.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    public string JoinToken { get; init; } = Tests.Hub.TestHub.JoinToken;
}
