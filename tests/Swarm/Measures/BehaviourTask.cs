using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json;
using TaskConsole.Harness;
using TaskConsole.Swarm.Agents;

namespace TaskConsole.Swarm.Measures;

/// <summary>A task that each agent takes in its own way; what comes out must be what the mix says, host by host.</summary>
internal static class BehaviourTask
{
    private const int PageSize = 500;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    /// <summary>A sentence about it; throws when anything is otherwise.</summary>
    public static async Task<string> RunAsync(ConsoleUnderLoad console, int agents)
    {
        var began = Stopwatch.GetTimestamp();
        var task = (await console.Api.PostAsync(
            "/tasks",
            new { name = "mixed", start = true, commands = new[] { new { script = SwarmMix.Script } }, targets = new { selector = "swarm=yes" } },
            HttpStatusCode.Created)).Id();
        var ended = await console.Api.EndOfAsync(task, Patience);
        var took = Stopwatch.GetElapsedTime(began);
        var failing = Enumerable.Range(0, agents).Count(SwarmMix.Fails);
        Expect(ended.Progress("total") == agents && ended.Progress("failed") == failing && ended.Progress("succeeded") == agents - failing, ended);
        var rows = await RowsAsync(console, task);
        Expect(rows.Count == agents, $"{rows.Count} rows");
        foreach (var row in rows)
        {
            var number = int.Parse(row.Text("hostName")!.Split('-')[1], CultureInfo.InvariantCulture);
            var bytes = row.GetProperty("stdoutBytes").GetInt64();
            Expect(row.Number("exitCode") == SwarmMix.Of(number).ExitCode && bytes == SwarmMix.Of(number).Bytes && row.Number("attempt") == 1, row);
        }

        return string.Create(
            CultureInfo.InvariantCulture,
            $"fast, slow, chatty, failing and flapping agents in one task: {ended.Text("status")} in {took.TotalSeconds:0.00} s, {failing} of {agents} failed as they had to");
    }

    private static async Task<List<JsonElement>> RowsAsync(ConsoleUnderLoad console, string task)
    {
        List<JsonElement> rows = [];
        var total = int.MaxValue;
        for (var page = 1; rows.Count < total; page++)
        {
            var answer = await console.Api.GetAsync(string.Create(CultureInfo.InvariantCulture, $"/tasks/{task}/hosts?pageSize={PageSize}&page={page}"));
            rows.AddRange(answer.GetProperty("items").EnumerateArray());
            total = answer.GetProperty("total").GetInt32();
        }

        return rows;
    }

    private static void Expect(bool asTheMixSays, object what)
    {
        if (!asTheMixSays)
        {
            throw new InvalidOperationException($"Not what the mix of behaviours says: {what}");
        }
    }
}
