using System.CommandLine;

namespace TaskConsole.Swarm.Compare;

internal static class CompareCommand
{
    public static Command Build()
    {
        var revision = new Argument<string>("revision") { Description = "A revision of this repository: the one before." };
        var agents = new Option<int>("--agents") { DefaultValueFactory = _ => 10_000, Description = "How many agents, on each console." }.Within(1, 100_000);
        var addresses = new Option<int>("--addresses") { Description = "Loopback addresses to connect from; 0: the usual one." }.Within(0, 250);
        var rounds = new Option<int>("--rounds") { DefaultValueFactory = _ => 11, Description = "How often each is measured." }.Within(1, 100);
        var store = new Option<string>("--store") { DefaultValueFactory = _ => "sqlite", Description = "sqlite or mariadb (a server for each console, with full durability)." };
        store.AcceptOnlyFromAmong("sqlite", "mariadb");
        var json = new Option<string?>("--json") { Description = "File for the report." }.InFolder();
        var command = new Command("compare", "What one task on all agents costs console and database, before (REVISION) and after (this build), in turn.") { revision, agents, addresses, rounds, store, json };
        command.SetAction((parsed, cancellationToken) => CompareRun.RunAsync(
            new CompareOptions(
                parsed.GetRequiredValue(revision),
                parsed.GetValue(agents),
                parsed.GetValue(addresses),
                parsed.GetValue(rounds),
                parsed.GetRequiredValue(store),
                parsed.GetValue(json)),
            cancellationToken));
        return command;
    }
}

/// <summary>What is compared.</summary>
internal sealed record CompareOptions(string Revision, int Agents, int Addresses, int Rounds, string Store, string? Json);
