using System.CommandLine;

namespace TaskConsole.Swarm.Host;

internal static class HostCommand
{
    public static Command Build()
    {
        var agents = new Option<string[]>("--agent") { Required = true, Description = "The agent's native file; given twice, both are measured in turn and compared.", AllowMultipleArgumentsPerToken = true };
        var rounds = new Option<int>("--rounds") { DefaultValueFactory = _ => 5, Description = "How often each is measured." }.Within(1, 100);
        var executions = new Option<int>("--executions") { DefaultValueFactory = _ => 250, Description = "Executions of a round." }.Within(50, 10_000);
        var hosts = new Option<int>("--hosts") { DefaultValueFactory = _ => 64, Description = "Agents that run a command at once; 0: not measured." }.Within(0, 200);
        var json = new Option<string?>("--json") { Description = "File for the report." }.InFolder();
        var command = new Command("host", "What an execution costs on the host: CPU, memory, time, with real agents.") { agents, rounds, executions, hosts, json };
        command.SetAction((parsed, cancellationToken) => HostRun.RunAsync(
            new HostRunOptions(
                parsed.GetRequiredValue(agents),
                parsed.GetValue(rounds),
                parsed.GetValue(executions),
                parsed.GetValue(hosts),
                parsed.GetValue(json)),
            cancellationToken));
        return command;
    }
}
