using System.CommandLine;

namespace TaskConsole.Swarm.Flood;

internal static class FloodCommand
{
    public static Command Build()
    {
        var agents = new Option<int>("--agents") { DefaultValueFactory = _ => 500, Description = "Simulated agents that print without end." }.Within(1, FloodOptions.FirstOther);
        var real = new Option<int>("--real-agents") { DefaultValueFactory = _ => 5, Description = "Real agents whose scripts do; at least 2." }.Within(2, 100);
        var store = new Option<string>("--store") { DefaultValueFactory = _ => "sqlite", Description = "sqlite or mariadb (a server of its own, with full durability)." };
        store.AcceptOnlyFromAmong("sqlite", "mariadb");
        var quiet = new Option<int>("--quiet-seconds") { DefaultValueFactory = _ => 60, Description = "How long short tasks of others are measured before it." }.Within(1, 3_600);
        var seconds = new Option<int>("--seconds") { DefaultValueFactory = _ => 300, Description = "How long it lasts." }.Within(10, 3_600);
        var live = new Option<int?>("--live-kib") { Description = "Setting Output:LiveBytesPerSecond in KiB; much above the usual 64 it is more than the store can take." }.Within(1, 1 << 20);
        var folder = new Option<string>("--out") { DefaultValueFactory = _ => ".", Description = "Folder for samples (CSV) and plot (SVG)." };
        var command = new Command("flood", "Agents print without end, for a bounded time: memory, disk, the scripts, and the status of others.") { agents, real, store, quiet, seconds, live, folder };
        command.SetAction((parsed, cancellationToken) => FloodRun.RunAsync(
            new FloodOptions(
                parsed.GetValue(agents),
                parsed.GetValue(real),
                parsed.GetRequiredValue(store),
                TimeSpan.FromSeconds(parsed.GetValue(quiet)),
                TimeSpan.FromSeconds(parsed.GetValue(seconds)),
                parsed.GetValue(live),
                parsed.GetRequiredValue(folder)),
            cancellationToken));
        return command;
    }
}
