using System.Text.Json;
using TaskConsole.Console.Components.Live;

namespace TaskConsole.Console.Components.Tasks.Compose;

/// <summary>Keeps the draft in the browser, without the values of secret parameters.</summary>
internal sealed class DraftKeeper(BrowserStorage storage)
{
    /// <summary>Name under which the browser keeps it.</summary>
    public const string Key = "taskconsole.draft";

    // Larger drafts are not kept: browsers allow some 5 MB for everything.
    private const int LongestDraft = 700_000;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <summary>The draft that was kept; null when there is none, or it is not one.</summary>
    public async Task<TaskDraft?> ReadAsync()
    {
        if (await storage.ReadAsync(Key) is not { Length: > 0 } text)
        {
            return null;
        }

        try
        {
            return JsonSerializer.Deserialize<TaskDraft>(text, Json) is { Steps.Count: > 0 } draft ? draft : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Whether it was kept.</summary>
    public async Task<bool> WriteAsync(TaskDraft draft)
    {
        var text = Text(draft);
        return text.Length <= LongestDraft && await storage.WriteAsync(Key, text);
    }

    public ValueTask ForgetAsync() => storage.RemoveAsync(Key);

    internal static string Text(TaskDraft draft)
    {
        var kept = new TaskDraft
        {
            Name = draft.Name,
            Steps = draft.Steps,
            Targets = draft.Targets,
            Rest = draft.Rest,
            Parameters = [.. draft.Parameters.Select(one => new ParameterDraft { Name = one.Name, Secret = one.Secret, Value = one.Secret ? "" : one.Value })],
        };
        return JsonSerializer.Serialize(kept, Json);
    }
}
