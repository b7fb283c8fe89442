using System.Net;
using TaskConsole.Faults.Lab;
using TaskConsole.Harness;

namespace TaskConsole.Faults.Scenarios;

/// <summary>A machine or a data directory was copied, and both agents are alive.</summary>
[Collection(OnSqlite.Name)]
public sealed class DuplicateScenarios(SqliteLab lab, ScenarioReport report, ITestOutputHelper output) : Scenario(lab, report, output)
{
    private const string Name = "cloned";
    private const string WhatToDo = "Two agents use the key of this host: stop one of the two";
    private static readonly LabTaskOptions Patient = new() { OfflineHosts = "Wait", WaitSeconds = 120, Retries = 2 };

    /// <summary>An agent that was told that there are two comes back within 10 s.</summary>
    private static readonly TimeSpan Back = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_copied_data_directory_runs_nothing_twice_and_is_released_by_an_operator()
    {
        await using var original = Lab.NewAgent(Name);
        await original.StartAndConnectAsync();
        await SettleAsync(await RunAsync(original, LabScript.Quick, Patient), "Succeeded");
        var folder = Path.Combine(Lab.Folder, "copy-of-it");
        await CopyAsync(original.DataDirectory, folder);
        File.Delete(Path.Combine(folder, "agent.lock"));
        var gate = NewGate();
        var running = await RunAsync(original, LabScript.Until(gate), Patient);
        await running.UntilAsync("Running");

        await using var copy = Lab.NewAgent(Name, folder);
        copy.Start();
        await Wait.UntilAsync("the console to see two", async () => await original.StatusAsync() == "Duplicate");
        await Wait.UntilAsync("both to say what to do", () => Task.FromResult(original.Log.Contains(WhatToDo, StringComparison.Ordinal) && copy.Log.Contains(WhatToDo, StringComparison.Ordinal)));
        Assert.Contains($"Two agents use the key of host {Name}", Lab.ConsoleLog, StringComparison.Ordinal);
        await running.UntilAsync("Unreachable");

        // Eight tasks in all: nothing is sent to either.
        List<LabTask> waiting = [];
        for (var number = 0; number < 4; number++)
        {
            waiting.Add(await RunAsync(original, LabScript.Quick, Patient));
        }

        List<LabTask> impatient = [await RunAsync(original, LabScript.Quick), await RunAsync(original, LabScript.Quick)];
        foreach (var task in impatient)
        {
            await SettleAsync(task, "DispatchFailed/AgentOffline");
        }

        await Lab.RestartConsoleAsync();
        await running.UntilAsync("Failed/AgentLost", row => row.Text("reason") == "AgentLost", Soon);
        Assert.All(waiting, task => Assert.Empty(task.ReadMarks()));
        Assert.Equal("Duplicate", await original.StatusAsync());

        // The copy goes: the original has its place again, and what ran on it is told as it was.
        await copy.KillAsync();
        var host = await Lab.Api.GetAsync($"/hosts/{await original.HostIdAsync()}");
        Assert.Equal(2, host.GetProperty("duplicate").GetProperty("addresses").GetArrayLength());
        Assert.Equal(HttpStatusCode.BadRequest, (await Lab.Api.SendAsync(HttpMethod.Post, $"/hosts/{host.Id()}/approve", "{}")).Status);
        await Lab.Api.PostAsync($"/hosts/{host.Id()}/approve", new { fingerprint = host.Text("fingerprint") });
        await Wait.UntilAsync("the original to be back", async () => await original.StatusAsync() == "Online", Back);
        Open(gate);
        await running.UntilAsync("Succeeded", row => row.Text("status") == "Succeeded", Back);
        await SettleAsync(running, "Succeeded");
        foreach (var task in waiting)
        {
            await SettleAsync(task, "Succeeded", Back);
        }

        // The copy comes with a new key, and takes the host over when its fingerprint is approved.
        File.Delete(Path.Combine(folder, "key"));
        File.Delete(Path.Combine(folder, "identity"));
        copy.Start();
        var asking = await Wait.ForAsync("the new key to wait", async () =>
        {
            var keys = (await Lab.Api.GetAsync($"/hosts/{host.Id()}")).GetProperty("pendingKeys").EnumerateArray().ToList();
            return keys.Count == 1 ? keys[0].Text("fingerprint") : null;
        });
        Assert.Equal("Online", await original.StatusAsync());
        await Lab.Api.PostAsync($"/hosts/{host.Id()}/approve", new { fingerprint = asking });
        await Wait.UntilAsync("the copy to have joined", () => Task.FromResult(copy.Log.Contains("Connected, session", StringComparison.Ordinal)), Back);
        await original.KillAsync();
        await SettleAsync(await RunAsync(copy, LabScript.Quick, Patient), "Succeeded", Back);
        Assert.Equal("Online", await copy.StatusAsync());
    }

    private static async Task CopyAsync(string from, string to)
    {
        await using var copy = ChildProcess.Start("/usr/bin/cp", ["-a", from, to], new Dictionary<string, string>(StringComparer.Ordinal), "/");
        Assert.Equal(0, await copy.ExitAsync(TimeSpan.FromSeconds(20)));
    }
}
