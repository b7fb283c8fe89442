using System.CommandLine;

namespace TaskConsole.Swarm.Soak;

internal static class SoakCommand
{
    public static Command Build()
    {
        var agents = new Option<int>("--agents") { DefaultValueFactory = _ => 500, Description = "Simulated agents, whose sessions break by themselves." }.Within(1, 100_000);
        var store = new Option<string>("--store") { DefaultValueFactory = _ => "sqlite", Description = "sqlite or mariadb (a server of its own, with full durability)." };
        store.AcceptOnlyFromAmong("sqlite", "mariadb");
        var minutes = new Option<double>("--minutes") { DefaultValueFactory = _ => 30, Description = "How long it goes on." }.Within(0.1, 600);
        var warmUp = new Option<double>("--warm-up-minutes") { DefaultValueFactory = _ => 5, Description = "How much of it does not count; of a short one half at most." }.Within(0, 600);
        var flaps = new Option<double>("--flaps-after-seconds") { DefaultValueFactory = _ => 60, Description = "How long a session of an agent lasts, about." }.Within(1, 3_600);
        var folder = new Option<string>("--out") { DefaultValueFactory = _ => ".", Description = "Folder for samples (CSV) and plot (SVG)." };
        var command = new Command("soak", "Agents come and go, tasks begin and end, pages and live views are opened and closed: does the console's memory grow?") { agents, store, minutes, warmUp, flaps, folder };
        command.SetAction((parsed, cancellationToken) => SoakRun.RunAsync(
            new SoakOptions(
                parsed.GetValue(agents),
                parsed.GetRequiredValue(store),
                TimeSpan.FromMinutes(parsed.GetValue(minutes)),
                TimeSpan.FromMinutes(Math.Min(parsed.GetValue(warmUp), parsed.GetValue(minutes) / 2)),
                TimeSpan.FromSeconds(parsed.GetValue(flaps)),
                parsed.GetRequiredValue(folder)),
            cancellationToken));
        return command;
    }
}
