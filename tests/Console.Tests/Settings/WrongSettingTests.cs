using System.Runtime.Versioning;
using Microsoft.Extensions.Configuration;
using TaskConsole.Console.Settings;

namespace TaskConsole.Console.Tests.Settings;

public sealed class WrongSettingTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("taskconsole-settings-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("Urls", "127.0.0.1:5080")]
    [InlineData("Urls", "https://127.0.0.1:5080")]
    [InlineData("Urls", "http://127.0.0.1:70000")]
    [InlineData("Urls", "http://127.0.0.1:5080;ftp://127.0.0.1")]
    [InlineData("Urls", "http://192.0.2.1:5080")]
    [InlineData("Database:Provider", "Postgres")]
    [InlineData("Database:Provider", "1")]
    [InlineData("Dispatch:MaxRunningTasks", "-1")]
    [InlineData("Dispatch:MaxRunningTasks", "many")]
    [InlineData("Dispatch:AgentLostGraceSeconds", "-1")]
    [InlineData("Dispatch:KillGraceSeconds", "3601")]
    [InlineData("Dispatch:SweepSeconds", "NaN")]
    [InlineData("Output:KeptTailBytes", "-1")]
    [InlineData("Agents:AutoApprove", "yes")]
    [InlineData("AgentHub:OfflineAfterSeconds", "-1")]
    [InlineData("Logging:Level", "Loud")]
    [InlineData("Logging:Level", "17")]
    [InlineData("DataDirectory", "/proc/nowhere")]
    public void A_wrong_setting_is_answered_by_one_sentence_with_its_name_its_value_and_what_is_allowed(string setting, string value)
    {
        var wrong = Assert.Throws<WrongSettingException>(() => Read((setting, value)));

        Assert.StartsWith($"{setting} is '{value}'; it must be ", wrong.Message, StringComparison.Ordinal);
        Assert.EndsWith(".", wrong.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', wrong.Message);
    }

    [Theory]
    [InlineData("Security:BootstrapApiToken", "short-and-secret")]
    [InlineData("Agents:JoinToken", "with a space in it, long enough")]
    public void A_token_that_is_not_allowed_is_not_shown(string setting, string value)
    {
        var wrong = Assert.Throws<WrongSettingException>(() => Read((setting, value[..^1])));

        Assert.StartsWith(setting, wrong.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(value[..^1], wrong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_connection_string_that_is_not_understood_is_not_shown()
    {
        var wrong = Assert.Throws<WrongSettingException>(() => Read(("Database:Provider", "MySql"), ("ConnectionStrings:Database", "Sever=x;Password=hunter2")));

        Assert.StartsWith("ConnectionStrings:Database", wrong.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", wrong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void MySql_needs_a_connection_string() =>
        Assert.StartsWith("ConnectionStrings:Database is not set", Assert.Throws<WrongSettingException>(() => Read(("Database:Provider", "MySql"))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("51")]
    [InlineData("-1")]
    [InlineData("five")]
    public void The_demo_has_1_to_50_agents(string count) =>
        Assert.Contains("from 1 to 50", Assert.Throws<WrongSettingException>(() => Read(("Demo", count))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(null, "true")]
    [InlineData("false", "false")]
    public void The_demo_approves_by_itself_unless_told_otherwise(string? setting, string expected)
    {
        using var configuration = Configuration(("Demo", "5"), ("Agents:AutoApprove", setting));
        ConsoleSettings.Read(configuration);

        Assert.Equal(expected, configuration["Agents:AutoApprove"]);
    }

    [Fact]
    public void What_is_not_set_has_the_defaults_of_the_contract()
    {
        var settings = Read();

        Assert.Equal(new WebAddress("127.0.0.1", 5080), Assert.Single(settings.Urls));
        Assert.Equal((0, null), (settings.DemoAgents, settings.BootstrapApiToken));
    }

    [Fact]
    public void Several_addresses_are_separated_by_semicolons() => Assert.Equal(
        [new("127.0.0.1", 1), new("[::1]", 2), new("localhost", 3), new("*", 80)],
        Read(("Urls", "http://127.0.0.1:1/; http://[::1]:2;http://localhost:3;http://*")).Urls);

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public void The_data_directory_is_made_for_its_owner_alone()
    {
        var directory = Path.Combine(_folder, "a", "b");
        var settings = Read(("DataDirectory", directory));

        Assert.Equal(directory, settings.DataDirectory);
        Assert.Empty(Directory.EnumerateFileSystemEntries(directory));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(directory));
    }

    [Theory]
    [InlineData("stray")]
    [InlineData("--demo")]
    [InlineData("--demo", "--Urls")]
    [InlineData("--")]
    public void What_the_command_line_would_silently_ignore_is_refused(params string[] args) =>
        Assert.Throws<WrongSettingException>(() => CommandLine.Check(args));

    [Theory]
    [InlineData("--demo", "5", "--Urls=http://*:1")]
    [InlineData("--Dispatch:MaxRunningTasks", "-1")]
    public void What_the_command_line_takes_is_taken(params string[] args) => CommandLine.Check(args);

    private ConsoleSettings Read(params (string Name, string? Value)[] settings)
    {
        using var configuration = Configuration(settings);
        return ConsoleSettings.Read(configuration);
    }

    private ConfigurationManager Configuration(params (string Name, string? Value)[] settings)
    {
        var configuration = new ConfigurationManager();
        var values = new Dictionary<string, string?>(StringComparer.Ordinal) { ["DataDirectory"] = Path.Combine(_folder, "data") };
        foreach (var (name, value) in settings)
        {
            values[name] = value;
        }

        configuration.AddInMemoryCollection(values.Where(pair => pair.Value is not null));
        return configuration;
    }
}
