using TaskConsole.EndToEnd.Fixture;
using TaskConsole.Harness;

namespace TaskConsole.EndToEnd.Refusals;

/// <summary>A console that is started twice by mistake.</summary>
[Collection(OnSqlite.Name)]
public sealed class SecondConsoleTests(SqliteConsole console, ITestOutputHelper output) : EndToEndTest(console, output)
{
    [Fact]
    public async Task A_second_console_on_the_same_data_is_refused_and_the_agents_of_the_first_stay()
    {
        await using var second = new ConsoleProcess(Path.GetDirectoryName(Console.DataDirectory)!, new Dictionary<string, string>(StringComparer.Ordinal));
        second.Launch();
        Assert.Equal(1, await second.ExitAsync(TimeSpan.FromSeconds(60)));
        Assert.Contains("DataDirectory: another console uses", second.Log, StringComparison.Ordinal);
        Assert.Equal(RunningConsole.Agents, (await Api.GetAsync("/hosts?status=Online")).GetProperty("total").GetInt32());
    }

    [Fact]
    public async Task A_second_console_on_the_same_database_is_refused_and_the_agents_of_the_first_stay()
    {
        var folder = Directory.CreateTempSubdirectory("taskconsole-second-");
        var settings = new Dictionary<string, string>(StringComparer.Ordinal) { ["ConnectionStrings__Database"] = $"Data Source={Path.Combine(Console.DataDirectory, "taskconsole.db")}" };
        await using (var second = new ConsoleProcess(folder.FullName, settings))
        {
            second.Launch();
            Assert.Equal(1, await second.ExitAsync(TimeSpan.FromSeconds(60)));
            Assert.Contains("ConnectionStrings:Database: another console uses this database", second.Log, StringComparison.Ordinal);
        }

        folder.Delete(recursive: true);
        Assert.Equal(RunningConsole.Agents, (await Api.GetAsync("/hosts?status=Online")).GetProperty("total").GetInt32());
    }
}
