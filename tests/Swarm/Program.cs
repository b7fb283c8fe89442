using System.CommandLine;
using TaskConsole.Swarm;
using TaskConsole.Swarm.Agents;
using TaskConsole.Swarm.Bare;
using TaskConsole.Swarm.Compare;
using TaskConsole.Swarm.Flood;
using TaskConsole.Swarm.Host;
using TaskConsole.Swarm.Measures;
using TaskConsole.Swarm.Pages;
using TaskConsole.Swarm.Soak;

var hub = new Option<string>("--hub") { Required = true };
var token = new Option<string>("--join-token") { Required = true };
var first = new Option<int>("--first").Within(0, 1_000_000);
var count = new Option<int>("--count") { Required = true }.Within(1, 100_000);
var addresses = new Option<int>("--addresses") { Description = "Loopback addresses to connect from; 0: the usual one." }.Within(0, 250);
var streams = new Option<int>("--streams-per-connection") { DefaultValueFactory = _ => 1, Description = "Agents that share a TCP connection." }.Within(1, 100);
var flaps = new Option<double>("--flaps-after-seconds") { Description = "A session breaks by itself after about this long; 0: never." }.Within(0, 3_600);
var agentsCommand = new Command("agents", "A worker: simulated agents. Started by 'run', or by hand against any hub.") { hub, token, first, count, addresses, streams, flaps };
agentsCommand.SetAction(async (parsed, _) =>
{
    await using var worker = new Worker(new WorkerOptions(
        new Uri(parsed.GetRequiredValue(hub)),
        parsed.GetRequiredValue(token),
        parsed.GetValue(first),
        parsed.GetValue(count),
        parsed.GetValue(addresses),
        parsed.GetValue(streams),
        TimeSpan.FromSeconds(parsed.GetValue(flaps))));
    return await worker.RunAsync();
});

var port = new Option<int>("--port") { Required = true }.Within(1, 65_535);
var bareCommand = new Command("bare-hub", "The yardstick: the same messages, and nothing behind them.") { port };
bareCommand.SetAction((parsed, _) => BareHub.RunAsync(parsed.GetValue(port)));

var number = new Option<int>("--agents") { DefaultValueFactory = _ => 10_000, Description = "How many agents." }.Within(1, 100_000);
var store = new Option<string>("--store") { DefaultValueFactory = _ => "sqlite", Description = "sqlite or mariadb (a server of its own, with full durability)." };
store.AcceptOnlyFromAmong("sqlite", "mariadb");
var tls = new Option<bool>("--tls") { Description = "Agents connect by TLS." };
var idle = new Option<int>("--idle-seconds") { DefaultValueFactory = _ => 60, Description = "How long the idle cost is measured, after as long without a load." }.Within(1, 3_600);
var json = new Option<string?>("--json") { Description = "File for the report." }.InFolder();
var measures = new Option<string[]>("--measure") { Description = $"Only these, beside connecting: {string.Join(", ", SwarmRunOptions.AllMeasures)}.", AllowMultipleArgumentsPerToken = true };
measures.AcceptOnlyFromAmong(SwarmRunOptions.AllMeasures);
var runCommand = new Command("run", "Starts a console, a swarm and the bare programs, and measures them in one run.") { number, store, tls, addresses, streams, idle, json, measures };
runCommand.SetAction((parsed, cancellationToken) => SwarmRun.RunAsync(
    new SwarmRunOptions(
        parsed.GetValue(number),
        parsed.GetRequiredValue(store),
        parsed.GetValue(tls),
        parsed.GetValue(addresses),
        parsed.GetValue(streams),
        TimeSpan.FromSeconds(parsed.GetValue(idle)),
        parsed.GetValue(json),
        parsed.GetValue(measures) ?? []),
    cancellationToken));

var minutes = new Option<double>("--minutes") { DefaultValueFactory = _ => 10, Description = "How long a page stays open." }.Within(0.1, 600);
var rounds = new Option<int>("--rounds") { DefaultValueFactory = _ => 5, Description = "How often each page is opened." }.Within(1, 100);
var csv = new Option<string?>("--csv") { Description = "File for the samples." }.InFolder();
var pictures = new Option<string?>("--pictures") { Description = "Folder for a picture of each page." };
var pageCommand = new Command("page", "Measures the page of a task on all agents, in Chromium.") { number, addresses, minutes, rounds, json, csv, pictures };
pageCommand.SetAction((parsed, cancellationToken) => PageRun.RunAsync(
    new PageRunOptions(
        parsed.GetValue(number),
        parsed.GetValue(addresses),
        TimeSpan.FromMinutes(parsed.GetValue(minutes)),
        parsed.GetValue(rounds),
        parsed.GetValue(json),
        parsed.GetValue(csv),
        parsed.GetValue(pictures)),
    cancellationToken));

return await new RootCommand("Simulated agents by the thousand, and what they measure.") { runCommand, pageCommand, CompareCommand.Build(), FloodCommand.Build(), SoakCommand.Build(), HostCommand.Build(), agentsCommand, bareCommand }.Parse(args).InvokeAsync();
