using System.Collections.ObjectModel;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace TaskConsole.Core.Persistence;

/// <summary>How values are kept as JSON in a column.</summary>
internal static class Json
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter() },
    };

    public static string Write<T>(T value) => JsonSerializer.Serialize(value, Options);

    public static string? WriteMap(IReadOnlyDictionary<string, string>? map) => map is null or { Count: 0 } ? null : Write(map);

    public static T Read<T>(string json) => JsonSerializer.Deserialize<T>(json, Options)!;

    public static IReadOnlyDictionary<string, string> ReadMap(string? json) =>
        json is null ? ReadOnlyDictionary<string, string>.Empty : Read<Dictionary<string, string>>(json);
}
