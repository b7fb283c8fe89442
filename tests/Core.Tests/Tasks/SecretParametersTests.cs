using System.Text;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using TaskConsole.Core.Tests.Persistence;

namespace TaskConsole.Core.Tests.Tasks;

/// <summary>A secret parameter is nowhere in the store, in no encoding.</summary>
public sealed class SecretParametersTests(SqliteDatabase database) : EngineTests(database), IClassFixture<SqliteDatabase>
{
    private const string Secret = "s3cret-välue-4711";
    private const string Open = "öpen-value-4712";

    [Fact]
    public async Task Its_value_is_not_in_the_database_files_and_a_parameter_is()
    {
        await Engine.AddHostAsync("a");
        await CreateAsync(Spec("echo \"$TOKEN\"") with
        {
            Parameters = new Dictionary<string, string>(StringComparer.Ordinal) { ["PLAIN"] = Open },
            SecretParameters = new Dictionary<string, string>(StringComparer.Ordinal) { ["TOKEN"] = Secret },
        });
        await Engine.DispatchAsync();

        var file = new SqliteConnectionStringBuilder(Database.ConnectionString).DataSource;
        var bytes = new[] { file, file + "-wal" }.Where(File.Exists).SelectMany(ReadShared).ToArray();
        Assert.True(Holds(bytes, Encoding.UTF8.GetBytes(Open)), "The test must be able to find what is there.");
        Assert.False(Holds(bytes, Encoding.UTF8.GetBytes(Secret)));
        Assert.False(Holds(bytes, Encoding.Unicode.GetBytes(Secret)));
        Assert.False(Holds(bytes, Encoding.ASCII.GetBytes(Convert.ToBase64String(Encoding.UTF8.GetBytes(Secret))[..20])));
        Assert.False(Holds(bytes, Encoding.ASCII.GetBytes("s3cret")));
    }

    [Fact]
    public async Task When_the_keys_are_lost_its_task_cannot_be_sent_and_holds_up_nobody_else()
    {
        var agent = await Engine.AddHostAsync("a");
        var secret = await DispatchedAsync(Spec("true") with { SecretParameters = new Dictionary<string, string>(StringComparer.Ordinal) { ["TOKEN"] = Secret }, Priority = Core.Tasks.TaskPriority.High });
        var waiting = await CreateAsync(Spec("true") with { SecretParameters = new Dictionary<string, string>(StringComparer.Ordinal) { ["TOKEN"] = Secret }, Priority = Core.Tasks.TaskPriority.High });
        var open = await CreateAsync(Spec("true"));

        // Each engine of these tests has keys of its own.
        await using var second = await TestEngine.StartAsync(Database);
        second.Time.Advance(TimeSpan.FromMinutes(1));
        var again = new TestAgent(second, agent.HostId, agent.Name) { JournalId = agent.JournalId, JournalSequence = agent.JournalSequence };
        Assert.Empty((await again.HelloAsync()).Executes);
        await second.DispatchAsync();
        await second.Get<Core.Dispatch.Deadlines.DeadlineSweeper>().RunAsync(Cancel);
        Assert.Contains(open.Id, second.Gateway.Executes.Select(order => order.TaskId));
        Assert.DoesNotContain(waiting.Id, second.Gateway.Executes.Select(order => order.TaskId));

        await second.Tasks.CancelAsync(secret[0].TaskId, null, TestEngine.Me, Cancel);
        await again.FinishedAsync(Key(secret[0]), Core.Results.AttemptOutcome.Canceled);
        await second.FlushAsync();
        await AssertRowsAsync(secret[0].TaskId, "Canceled/CanceledByUser");
    }

    [Fact]
    public async Task No_answer_shows_it()
    {
        await Engine.AddHostAsync("a");
        var task = await CreateAsync(Spec("true") with { SecretParameters = new Dictionary<string, string>(StringComparer.Ordinal) { ["TOKEN"] = Secret } });
        var rows = await Engine.RowsAsync(task.Id);
        var answers = System.Text.Json.JsonSerializer.Serialize(new object[]
        {
            task,
            (await Engine.Queries.GetAsync(task.Id, TestEngine.Me, Cancel)).Value,
            (await Engine.Queries.GetCommandHostAsync(rows[0].Id, TestEngine.Me, Cancel)).Value,
        });
        Assert.Contains("TOKEN", answers, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", answers, StringComparison.Ordinal);
    }

    private static byte[] ReadShared(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    private static bool Holds(byte[] bytes, byte[] part) => bytes.AsSpan().IndexOf(part) >= 0;
}

/// <summary>The same on MariaDB, column by column.</summary>
public sealed class MariaDbSecretParametersTests(MariaDbDatabase database) : EngineTests(database), IClassFixture<MariaDbDatabase>
{
    [Fact]
    public async Task Its_value_is_in_no_column()
    {
        await Engine.AddHostAsync("a");
        await CreateAsync(Spec("true") with
        {
            Parameters = new Dictionary<string, string>(StringComparer.Ordinal) { ["PLAIN"] = "open-value" },
            SecretParameters = new Dictionary<string, string>(StringComparer.Ordinal) { ["TOKEN"] = "s3cret-value" },
        });
        await using var context = Engine.Read();
        async Task<int> CountAsync(string text) => await context.Database
            .SqlQueryRaw<int>("SELECT CAST(COUNT(*) AS SIGNED) AS Value FROM tasks WHERE LOCATE(CAST({0} AS BINARY), CAST(CONCAT_WS('|', parameters, secret_names, secrets, targets, rollout) AS BINARY)) > 0", text)
            .SingleAsync(Cancel);
        Assert.Equal(1, await CountAsync("open-value"));
        Assert.Equal(0, await CountAsync("s3cret-value"));
    }
}
