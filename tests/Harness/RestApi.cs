using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace TaskConsole.Harness;

/// <summary>REST as a script would call it: text in, JSON out.</summary>
public sealed class RestApi(Uri address, string? token) : IDisposable
{
    private readonly HttpClient _client = new() { BaseAddress = address, Timeout = TimeSpan.FromSeconds(30) };

    public async Task<(HttpStatusCode Status, HttpResponseHeaders Headers, byte[] Body)> SendAsync(HttpMethod method, string path, string? body = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, new Uri("/api/v1" + path, UriKind.Relative));
        if (token is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        foreach (var (name, value) in headers)
        {
            request.Headers.Add(name, value);
        }

        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        }

        using var response = await _client.SendAsync(request);
        return (response.StatusCode, response.Headers, await response.Content.ReadAsByteArrayAsync());
    }

    public Task<JsonElement> GetAsync(string path) => ExpectAsync(HttpStatusCode.OK, HttpMethod.Get, path);

    public Task<JsonElement> PostAsync(string path, object? body = null, HttpStatusCode expected = HttpStatusCode.OK) =>
        ExpectAsync(expected, HttpMethod.Post, path, body is null ? null : JsonSerializer.Serialize(body));

    /// <summary>Composes a task and starts it.</summary>
    public async Task<JsonElement> RunAsync(object task)
    {
        var composed = await PostAsync("/tasks", task, HttpStatusCode.Created);
        return await PostAsync($"/tasks/{composed.Id()}/start");
    }

    /// <summary>Waits until a task has ended.</summary>
    public Task<JsonElement> EndOfAsync(string taskId, TimeSpan? patience = null) =>
        UntilAsync(taskId, "to end", task => task.Text("status") is "Completed" or "Failed" or "Canceled", patience);

    /// <summary>Waits until a task is as wanted.</summary>
    public async Task<JsonElement> UntilAsync(string taskId, string what, Func<JsonElement, bool> wanted, TimeSpan? patience = null)
    {
        var seen = default(JsonElement);
        try
        {
            await Wait.UntilAsync($"the task {what}", async () => wanted(seen = await GetAsync($"/tasks/{taskId}")), patience);
        }
        catch (TimeoutException late)
        {
            throw new TimeoutException($"{late.Message} It is {seen}; {(await GetAsync($"/tasks/{taskId}/hosts"))}", late);
        }

        return seen;
    }

    /// <summary>All CommandHosts of a task.</summary>
    public async Task<IReadOnlyList<JsonElement>> CommandHostsAsync(string taskId) =>
        [.. (await GetAsync($"/tasks/{taskId}/hosts?pageSize=500")).GetProperty("items").EnumerateArray()];

    /// <summary>All that is kept of an output.</summary>
    public async Task<string> OutputAsync(JsonElement commandHost, string stream = "stdout")
    {
        var (status, _, body) = await SendAsync(HttpMethod.Get, $"/command-hosts/{commandHost.Id()}/output?stream={stream}");
        if (status != HttpStatusCode.OK)
        {
            throw new UnexpectedAnswerException($"The output of {commandHost.Id()} answered {(int)status}: {Encoding.UTF8.GetString(body)}");
        }

        return Encoding.UTF8.GetString(body);
    }

    public void Dispose() => _client.Dispose();

    private async Task<JsonElement> ExpectAsync(HttpStatusCode expected, HttpMethod method, string path, string? body = null)
    {
        var (status, _, answer) = await SendAsync(method, path, body);
        var text = Encoding.UTF8.GetString(answer);
        if (status != expected)
        {
            throw new UnexpectedAnswerException($"{method} {path} answered {(int)status}, not {(int)expected}: {text}");
        }

        return text.Length == 0 ? default : JsonDocument.Parse(text).RootElement;
    }
}

/// <summary>An answer with another status than the test expects.</summary>
public sealed class UnexpectedAnswerException(string message) : Exception(message);

/// <summary>Short words for reading answers.</summary>
public static class Answers
{
    public static string Id(this JsonElement element) => element.Text("id")!;

    public static string? Text(this JsonElement element, string name) => element.GetProperty(name).GetString();

    public static int? Number(this JsonElement element, string name) =>
        element.GetProperty(name) is { ValueKind: JsonValueKind.Number } number ? number.GetInt32() : null;

    public static int Progress(this JsonElement task, string name) => task.GetProperty("progress").GetProperty(name).GetInt32();
}
