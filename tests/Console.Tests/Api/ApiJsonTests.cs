using System.Text.Json;
using TaskConsole.Console.Api;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Console.Tests.Api;

public sealed class ApiJsonTests
{
    private readonly JsonSerializerOptions _options = new();

    public ApiJsonTests() => ApiJson.Configure(_options);

    [Fact]
    public void Times_are_in_UTC_with_a_Z() => Assert.Equal(
        "\"2026-01-31T11:00:00.123Z\"",
        JsonSerializer.Serialize(new DateTimeOffset(2026, 1, 31, 12, 0, 0, 123, TimeSpan.FromHours(1)), _options));

    [Fact]
    public void Enums_are_names_and_durations_whole_milliseconds()
    {
        var attempt = new AttemptView(1, CommandHostStatus.TimedOut, Reason.Timeout, [], null, 15, null, null, default, 2_000, 0, 0, Truncated: false, Late: false, 0, null, null, 0, 0);
        var json = JsonSerializer.SerializeToElement(attempt, _options);

        Assert.Equal(("TimedOut", "Timeout", 2_000), (json.GetProperty("status").GetString(), json.GetProperty("reason").GetString(), json.GetProperty("durationMs").GetInt32()));
        Assert.Equal("It ran longer than its timeout allows and was killed.", json.GetProperty("message").GetString());
    }

    [Fact]
    public void Scripts_keep_their_quotes_and_other_alphabets() =>
        Assert.Equal("""{"a":"echo '<你好>' && \"x\""}""", JsonSerializer.Serialize(new Dictionary<string, string>(StringComparer.Ordinal) { ["a"] = "echo '<你好>' && \"x\"" }, _options));
}
