using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace TaskConsole.Agent.Connection;

/// <summary>Ends the agent with a status when going on can never work.</summary>
internal sealed partial class AgentExit(IHostApplicationLifetime lifetime, ILogger<AgentExit> logger)
{
    /// <summary>Of an agent that was told something that cannot work.</summary>
    public const int Misconfigured = 2;

    /// <summary>0 unless it failed.</summary>
    public int Status { get; private set; }

    /// <param name="why">One sentence.</param>
    public void Fail(string why)
    {
        Status = Misconfigured;
        LogFailed(why);
        lifetime.StopApplication();
    }

    [LoggerMessage(Level = LogLevel.Critical, Message = "{Why}")]
    private partial void LogFailed(string why);
}
