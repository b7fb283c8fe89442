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
                Assert.True(result is not null || isLast, $"{mark} has no result, and another attempt followed it: {detail}");
                var said = isLast ? row : result!.Value;
                Assert.True(
                    started ? MayHaveStarted(said) : MayNotHaveStarted(said, mayHaveLost),
                    $"{mark} was {(started ? "" : "never ")}started, and the record says {said}; its story: {detail.GetProperty("story")}");
                var bytes = started ? await CompareOutputAsync(task, row, number, result) : 0;
                tally += new Tally(1, started ? 1 : 0, started ? 0 : 1, bytes);
            }
        }

        Assert.All(marks.Keys, mark => Assert.Contains(mark, known));
        return tally;
    }

    /// <summary>A script that ran must not stand as one that did not.</summary>
    private static bool MayHaveStarted(JsonElement row) => (row.Text("status"), row.Text("reason")) switch
    {
        ("Succeeded", _) => true,
        ("Failed", "StartFailed") => false,
        ("Failed" or "TimedOut", _) => true,
        ("Canceled", _) => row.GetProperty("startedAt").ValueKind != JsonValueKind.Null,
        _ => false,
    };

    private static bool MayNotHaveStarted(JsonElement row, bool mayHaveLost) => (row.Text("status"), row.Text("reason")) switch
    {
        ("DispatchFailed" or "Skipped", _) => true,
        ("Failed", "StartFailed") => true,
        ("Failed", "AgentLost" or "ServerDeadline") => mayHaveLost,

        // Or the ladder, or whatever killed the supervisor, was faster than its first line.
        ("Canceled", _) => row.GetProperty("startedAt").ValueKind == JsonValueKind.Null || WasSilent(row),
        ("Failed", "SupervisorLost" or "HostRestarted") => WasSilent(row),
        _ => false,
    };

    private static bool WasSilent(JsonElement row) => row.GetProperty("stdoutBytes").GetInt64() == 0 && row.Number("exitCode") is null;

    private static async Task<long> CompareOutputAsync(LabTask task, JsonElement row, int attempt, JsonElement? result)
    {
        if (result is not { } end)
        {
            return 0;
        }

        var (status, _, body) = await task.Lab.Api.SendAsync(HttpMethod.Get, $"/command-hosts/{row.Id()}/output?stream=stdout&attempt={attempt}");
        Assert.Equal(System.Net.HttpStatusCode.OK, status);
        var script = task.Scripts[row.GetProperty("commandIndex").GetInt32()];
        var text = Encoding.UTF8.GetString(body);
        Assert.Equal(end.GetProperty("stdoutBytes").GetInt64(), body.Length);
        if (end.Text("reason") is "ExitCode" || end.Text("status") == "Succeeded")
        {
            Assert.Equal(script.ExitCode, end.Number("exitCode"));
            Assert.Equal(script.Stdout, text);
        }
        else
        {
            Assert.StartsWith(text, script.Stdout, StringComparison.Ordinal);
        }

        return body.Length;
    }

    private static void AssertCounters(JsonElement task, IReadOnlyList<JsonElement> rows)
    {
        string[] statuses = ["pending", "dispatched", "running", "unreachable", "succeeded", "failed", "timedOut", "canceled", "dispatchFailed", "skipped"];
        foreach (var status in statuses)
        {
            var counted = rows.Count(row => string.Equals(row.Text("status"), status, StringComparison.OrdinalIgnoreCase));
            Assert.True(counted == task.Progress(status), $"{counted} rows are {status}, the task counts {task.Progress(status)}: {task}");
        }

        Assert.Equal(rows.Count, task.Progress("total"));
        Assert.True(task.Text("status") is "Completed" or "Failed" or "Canceled", $"Every row has ended, and the task is {task.Text("status")}.");
    }
}
