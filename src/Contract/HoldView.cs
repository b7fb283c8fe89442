using System.Text.Json;

namespace TaskConsole.Contract;

/// <summary>Why nothing of a task, or one CommandHost, is dispatched now.</summary>
/// <param name="Code">One of <see cref="HoldCode"/>.</param>
/// <param name="Arguments">As the code's docstring names them.</param>
/// <param name="Since">Since when this code holds it.</param>
public sealed record HoldView(string Code, IReadOnlyDictionary<string, JsonElement> Arguments, DateTimeOffset Since)
{
    /// <summary>In English; made when the answer is written, null until then.</summary>
    public string? Sentence { get; init; }
}
