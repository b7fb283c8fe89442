using TaskConsole.AgentHub.Listening;
using TaskConsole.Core.Leadership;

namespace TaskConsole.AgentHub.Sessions;

/// <summary>Ends sessions whose agent has said or read nothing for three heartbeats.</summary>
internal sealed class SilenceSweep(SessionRegistry sessions, AgentHubOptions options) : IChore
{
    public string Name => "silence-sweep";

    public TimeSpan Interval => TimeSpan.FromSeconds(1);

    public ChoreScope Scope => ChoreScope.Instance;

    public TimeSpan Limit => TimeSpan.FromSeconds(30);

    public Task<int> RunAsync(CancellationToken cancellationToken) =>
        Task.FromResult(sessions.All.Count(session => session.EndIfSilent(options.LongestSilence)));
}
