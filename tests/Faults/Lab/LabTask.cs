using System.Net;
using System.Text;
using System.Text.Json;
using TaskConsole.Harness;

namespace TaskConsole.Faults.Lab;

/// <summary>A task of a scenario, with what its scripts were told to do.</summary>
/// <param name="Lab">Where it runs.</param>
/// <param name="Id">Its id.</param>
/// <param name="Scripts">What each command does.</param>
/// <param name="Marks">The file that its scripts append to.</param>
internal sealed record LabTask(FaultLab Lab, string Id, IReadOnlyList<LabScript> Scripts, string Marks)
{
    /// <summary>Composes it for these agents and starts it.</summary>
    public static async Task<LabTask> StartAsync(FaultLab lab, IEnumerable<LabAgent> agents, IReadOnlyList<LabScript> scripts, LabTaskOptions? options = null)
    {
        options ??= new LabTaskOptions();
        List<string> hosts = [];
        foreach (var agent in agents)
        {
            hosts.Add(await agent.HostIdAsync());
        }

        return await StartAsync(lab, hosts, scripts, options);
    }

    public static async Task<LabTask> StartAsync(FaultLab lab, IReadOnlyList<string> hostIds, IReadOnlyList<LabScript> scripts, LabTaskOptions options)
    {
        var marks = Path.Combine(lab.Folder, "marks", $"{Guid.CreateVersion7():N}");
        var body = JsonSerializer.Serialize(new
        {
            name = "a scenario's",
            start = true,
            parameters = new { MARKS = marks },
            commands = scripts.Select(script => new { script = script.Marked, timeoutSeconds = options.TimeoutSeconds, retries = options.Retries, onFailure = options.OnFailure }),
            targets = new { hostIds },
            offlineHosts = options.OfflineHosts,
            waitSeconds = options.WaitSeconds,
        });
        var task = await Wait.ForAsync("the task to be composed", () => TryComposeAsync(lab, body, Path.GetFileName(marks)));
        return new LabTask(lab, task, scripts, marks);
    }

    /// <summary>The task's id; null when the console did not answer: asked again under the same key, it makes no second one.</summary>
    private static async Task<string?> TryComposeAsync(FaultLab lab, string body, string key)
    {
        try
        {
            var (status, _, answer) = await lab.Api.SendAsync(HttpMethod.Post, "/tasks", body, ("Idempotency-Key", key));
            var text = Encoding.UTF8.GetString(answer);
            return status switch
            {
                HttpStatusCode.Created or HttpStatusCode.OK => JsonDocument.Parse(text).RootElement.Id(),
                >= HttpStatusCode.InternalServerError => null,
                _ => throw new UnexpectedAnswerException($"POST /tasks answered {(int)status}: {text}"),
            };
        }
        catch (Exception away) when (away is HttpRequestException or TaskCanceledException)
        {
            return null;
        }
    }

    public Task<IReadOnlyList<JsonElement>> RowsAsync() => Lab.Api.CommandHostsAsync(Id);

    /// <summary>Its only row.</summary>
    public async Task<JsonElement> RowAsync() => (await RowsAsync())[0];

    /// <summary>Waits until each row is as wanted.</summary>
    public async Task UntilAsync(string what, Predicate<JsonElement> each, TimeSpan? patience = null)
    {
        IReadOnlyList<JsonElement> rows = [];
        try
        {
            await Wait.UntilAsync($"every row to be {what}", AskAsync, patience);
        }
        catch (TimeoutException late)
        {
            throw new TimeoutException($"{late.Message} They are:{Environment.NewLine}{string.Join(Environment.NewLine, rows)}", late);
        }

        async Task<bool> AskAsync()
        {
            try
            {
                rows = await RowsAsync();
                return rows.All(row => each(row));
            }
            catch (Exception notNow) when (notNow is HttpRequestException or UnexpectedAnswerException or TaskCanceledException)
            {
                return false;
            }
        }
    }

    public Task UntilAsync(string status) => UntilAsync(status, row => row.Text("status") == status);

    /// <summary>Waits until every row has ended.</summary>
    public Task EndedAsync(TimeSpan patience) =>
        UntilAsync("ended", row => row.Text("status") is not ("Pending" or "Dispatched" or "Running" or "Unreachable"), patience);

    /// <summary>Waits until its scripts have left so many marks.</summary>
    public Task MarkedAsync(int count) => Wait.UntilAsync($"{count} marks", () => Task.FromResult(ReadMarks().Count >= count));

    /// <summary>Cancels the whole task, or one host of it.</summary>
    public Task CancelAsync(string? hostId = null) => Lab.Api.PostAsync($"/tasks/{Id}/cancel", hostId is null ? null : new { hostIds = new[] { hostId } });

    /// <summary>Attempts as their scripts marked them, each as often as it was started.</summary>
    public IReadOnlyList<string> ReadMarks() => File.Exists(Marks) ? File.ReadAllLines(Marks) : [];
}

/// <summary>How a task is composed, where it matters.</summary>
internal sealed record LabTaskOptions
{
    public int TimeoutSeconds { get; init; } = 600;

    public int Retries { get; init; }

    public string OnFailure { get; init; } = "StopHost";

    public string OfflineHosts { get; init; } = "Fail";

    public int? WaitSeconds { get; init; }
}
