namespace TaskConsole.Agent.Tests.Agents;

/// <summary>One agent for all tests of a class that leave it as it is.</summary>
public sealed class ConnectedAgent : IAsyncLifetime
{
    public AgentFixture Fixture { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Fixture = await AgentFixture.StartAsync();

    public ValueTask DisposeAsync() => Fixture.DisposeAsync();
}
