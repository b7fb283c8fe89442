using System.Security.Cryptography;
using System.Text;
using TaskConsole.Core.Problems;
using TaskConsole.Core.Tasks;
using TaskConsole.Core.Tests.Persistence;

namespace TaskConsole.Core.Tests.Tasks;

public abstract class IdempotencyTests(TestDatabase database) : EngineTests(database)
{
    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await Engine.AddHostAsync("a");
    }

    [Fact]
    public async Task The_same_key_and_body_answers_the_same_task_for_a_day()
    {
        var first = await CreateAsync("key", "token", "body");
        Engine.Time.Advance(TimeSpan.FromHours(23));
        Assert.Equal(first.Value.Id, (await CreateAsync("key", "token", "body")).Value.Id);
        Assert.Equal(1, await TasksAsync());

        Engine.Time.Advance(TimeSpan.FromHours(1.1));
        Assert.NotEqual(first.Value.Id, (await CreateAsync("key", "token", "body")).Value.Id);
        Assert.Equal(2, await TasksAsync());
    }

    [Fact]
    public async Task It_answers_the_task_as_it_stands_now()
    {
        var first = await CreateAsync("key", "token", "body");
        await Engine.Tasks.CancelAsync(first.Value.Id, null, TestEngine.Me, Cancel);
        Assert.Equal(OpsTaskStatus.Canceled, (await CreateAsync("key", "token", "body")).Value.Status);
    }

    [Fact]
    public async Task Another_body_is_refused_and_another_token_is_another_key()
    {
        var first = await CreateAsync("key", "token", "body");
        AssertProblem<Problem.WrongState>((await CreateAsync("key", "token", "other body")).Problem);
        Assert.Equal(1, await TasksAsync());
        Assert.NotEqual(first.Value.Id, (await CreateAsync("key", "other token", "body")).Value.Id);
        Assert.NotEqual(first.Value.Id, (await CreateAsync("KEY", "token", "body")).Value.Id);
        Assert.Equal(3, await TasksAsync());
    }

    [Fact]
    public async Task Sent_many_times_at_once_it_is_one_task()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(() => CreateAsync("key", "token", "body"), Cancel)));
        Assert.Single(answers.Select(answer => answer.Value.Id).Distinct());
        Assert.Equal(1, await TasksAsync());
    }

    [Fact]
    public async Task What_was_refused_is_not_remembered()
    {
        var answer = await Engine.Tasks.CreateAsync(Spec(""), TestEngine.Me, Claim("key", "token", "body"), Cancel);
        AssertProblem<Problem.Invalid>(answer.Problem);
        Assert.Null((await CreateAsync("key", "token", "body")).Problem);
    }

    private Task<Answer<TaskView>> CreateAsync(string key, string scope, string body) =>
        Engine.Tasks.CreateAsync(Spec("true"), TestEngine.Me, Claim(key, scope, body), Cancel);

    private static IdempotencyClaim Claim(string key, string scope, string body) => new(key, scope, SHA256.HashData(Encoding.UTF8.GetBytes(body)));

    private async Task<int> TasksAsync()
    {
        await using var context = Engine.Read();
        return context.Tasks.Count();
    }
}

public sealed class SqliteIdempotencyTests(SqliteDatabase database) : IdempotencyTests(database), IClassFixture<SqliteDatabase>;

public sealed class MariaDbIdempotencyTests(MariaDbDatabase database) : IdempotencyTests(database), IClassFixture<MariaDbDatabase>;
