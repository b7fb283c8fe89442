using TaskConsole.Agent.Commands;
using TaskConsole.Agent.Execution;
using TaskConsole.Agent.Supervision;

namespace TaskConsole.Agent;

/// <summary>
/// Three roles of one file. The inner two are started by this program alone, take everything else through descriptors, and are
/// decided before anything is set up: every execution pays for their start twice.
/// </summary>
internal static class Program
{
    private static int Main(string[] args) => args switch
    {
        ["exec"] => ExecRole.Run(),
        ["supervise", var attemptFolder] => SuperviseRole.Run(attemptFolder),
        _ => AgentCommandLine.RunAsync(args, AgentRole.RunAsync).GetAwaiter().GetResult(),
    };
}
