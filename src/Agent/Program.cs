using TaskConsole.Agent.Commands;
using TaskConsole.Agent.Execution;
using TaskConsole.Agent.Supervision;

// Three roles of one file. The inner two are started by this program alone, and take everything else through descriptors.
switch (args)
{
    case ["exec"]:
        return ExecRole.Run();
    case ["supervise", var attemptFolder]:
        return SuperviseRole.Run(attemptFolder);
    default:
        return await AgentCommandLine.RunAsync(args, AgentRole.RunAsync);
}
