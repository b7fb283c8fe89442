using System.Globalization;
using System.Text;
using System.Text.Json;
using TaskConsole.Harness;

namespace TaskConsole.Faults.Lab;

/// <summary>What a scenario's tasks came to.</summary>
/// <param name="Attempts">Attempts on record.</param>
/// <param name="Started">Those whose script left its mark, once.</param>
/// <param name="NeverStarted">Those without a mark, whose status says so.</param>
/// <param name="OutputBytes">Bytes of output read back and compared.</param>
internal sealed record Tally(int Attempts, int Started, int NeverStarted, long OutputBytes)
{
    public static Tally operator +(Tally left, Tally right) =>
        new(left.Attempts + right.Attempts, left.Started + right.Started, left.NeverStarted + right.NeverStarted, left.OutputBytes + right.OutputBytes);
}

/// <summary>Holds a task that has ended against what its scripts did on the hosts.</summary>
internal static class Audit
{
    /// <summary>
    /// Every row has ended; each attempt was started exactly once, or never and its status says so; each result and each
    /// kept byte is in the store; the counters are the counts of the rows.
    /// </summary>
    /// <param name="task">A task whose rows have ended.</param>
    /// <param name="mayHaveLost">The journal was lost: an attempt that nobody knows about may stand as Failed/AgentLost without having run.</param>
    public static async Task<Tally> CheckAsync(LabTask task, bool mayHaveLost = false)
    {
        var rows = await task.RowsAsync();
        AssertCounters(await task.Lab.Api.GetAsync($"/tasks/{task.Id}"), rows);
        var marks = task.ReadMarks().CountBy(mark => mark, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal);
        Assert.All(marks, mark => Assert.True(mark.Value == 1, $"{mark.Key} was started {mark.Value} times."));
        var tally = new Tally(0, 0, 0, 0);
        var known = new HashSet<string>(StringComparer.Ordinal);
        foreach (var row in rows)
        {
            var detail = await task.Lab.Api.GetAsync($"/command-hosts/{row.Id()}");
            var results = detail.GetProperty("attempts").EnumerateArray().ToDictionary(attempt => attempt.GetProperty("attempt").GetInt32());
            for (var number = 1; number <= row.GetProperty("attempt").GetInt32(); number++)
            {
                var mark = string.Create(CultureInfo.InvariantCulture, $"{row.Id()}.{number}");
                known.Add(mark);
                var started = marks.ContainsKey(mark);
                var result = results.TryGetValue(number, out var found) ? found : (JsonElement?)null;
                var isLast = number == row.GetProperty("attempt").GetInt32();
                Assert.True(result is not null || (isLast && (!started || IsLost(row))), $"{mark} has no result: {detail}");
                if (isLast && result is { } last)
                {
                    Assert.Equal((row.Text("status"), row.Text("reason")), (last.Text("status"), last.Text("reason")));
                }

                var said = isLast ? row : result!.Value;
                Assert.True(
                    started ? MayHaveStarted(said, mayHaveLost, task.Lab.WasSupervisorKilled(mark)) : MayNotHaveStarted(said, mayHaveLost, task.Lab.WasSupervisorKilled(mark)),
                    $"{mark} was {(started ? "" : "never ")}started, and the record says {said}; its story: {detail.GetProperty("story")}");
                var bytes = started ? await CompareOutputAsync(task, row, number, result) : 0;
                tally += new Tally(1, started ? 1 : 0, started ? 0 : 1, bytes);
            }
        }

        Assert.All(marks.Keys, mark => Assert.Contains(mark, known));
        return tally;
    }

    /// <summary>A script that ran must not stand as one that did not.</summary>
    private static bool MayHaveStarted(JsonElement row, bool mayHaveLost, bool supervisorKilled) => (row.Text("status"), row.Text("reason")) switch
    {
        ("Succeeded", _) or ("Failed", "ExitCode") => true,
        ("Failed", "SupervisorLost") => supervisorKilled,
        ("Failed", "AgentLost") => mayHaveLost,
        ("Canceled", _) => row.GetProperty("startedAt").ValueKind != JsonValueKind.Null,
        _ => false,
    };

    private static bool IsLost(JsonElement row) => (row.Text("status"), row.Text("reason")) is ("Failed", "AgentLost");

    private static bool MayNotHaveStarted(JsonElement row, bool mayHaveLost, bool supervisorKilled) => (row.Text("status"), row.Text("reason")) switch
    {
        ("DispatchFailed" or "Skipped", _) => true,
        ("Failed", "StartFailed") => true,
        ("Failed", "AgentLost") => mayHaveLost,

        // Or the ladder, or whatever killed the supervisor, was faster than its first line.
        ("Canceled", _) => row.GetProperty("startedAt").ValueKind == JsonValueKind.Null || WasSilent(row),
        ("Failed", "SupervisorLost") => supervisorKilled && WasSilent(row),
        _ => false,
    };

    private static bool WasSilent(JsonElement row) => row.GetProperty("stdoutBytes").GetInt64() == 0 && row.Number("exitCode") is null;

    private static async Task<long> CompareOutputAsync(LabTask task, JsonElement row, int attempt, JsonElement? result)
    {
        if (result is not { } end)
        {
            return 0;
        }

        var script = task.Scripts[row.GetProperty("commandIndex").GetInt32()];
        var exited = end.Text("reason") is "ExitCode" || end.Text("status") == "Succeeded";
        if (exited)
        {
            Assert.Equal(script.ExitCode, end.Number("exitCode"));
        }

        return await CompareStreamAsync("stdout", script.Stdout) + await CompareStreamAsync("stderr", script.Stderr);

        async Task<long> CompareStreamAsync(string stream, string expected)
        {
            var (status, _, body) = await task.Lab.Api.SendAsync(HttpMethod.Get, $"/command-hosts/{row.Id()}/output?stream={stream}&attempt={attempt}");
            Assert.Equal(System.Net.HttpStatusCode.OK, status);
            var text = Encoding.UTF8.GetString(body);
            Assert.Equal(end.GetProperty(stream + "Bytes").GetInt64(), body.Length);
            if (exited)
            {
                Assert.Equal(expected, text);
            }
            else
            {
                Assert.StartsWith(text, expected, StringComparison.Ordinal);
            }

            return body.Length;
        }
    }

    private static void AssertCounters(JsonElement task, IReadOnlyList<JsonElement> rows)
    {
        string[] statuses = ["pending", "dispatched", "running", "unreachable", "succeeded", "failed", "timedOut", "canceled", "dispatchFailed", "skipped"];
        foreach (var status in statuses)
        {
            var count = rows.Count(row => string.Equals(row.Text("status"), status, StringComparison.OrdinalIgnoreCase));
            Assert.True(count == task.Progress(status), $"{count} rows are {status}, the task counts {task.Progress(status)}: {task}");
        }

        Assert.Equal(rows.Count, task.Progress("total"));
        var hosts = rows.GroupBy(row => row.Text("hostId"), StringComparer.Ordinal).ToList();
        var succeeded = hosts.Count(host => host.All(row => row.Text("status") == "Succeeded"));
        var counted = task.GetProperty("hostProgress");
        Assert.Equal(
            (hosts.Count, 0, 0, succeeded, hosts.Count - succeeded),
            (Of("total"), Of("waiting"), Of("running"), Of("succeeded"), Of("failed")));
        Assert.True(task.Text("status") is "Completed" or "Failed" or "Canceled", $"Every row has ended, and the task is {task.Text("status")}.");

        int Of(string name) => counted.GetProperty(name).GetInt32();
    }
}
