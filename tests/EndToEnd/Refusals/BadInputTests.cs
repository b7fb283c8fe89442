using System.Net;
using System.Text;
using System.Text.Json;
using TaskConsole.EndToEnd.Fixture;
using TaskConsole.Harness;

namespace TaskConsole.EndToEnd.Refusals;

/// <summary>What is refused names its field, and leaves the database as it was.</summary>
public abstract class BadInputTests(RunningConsole console, ITestOutputHelper output) : EndToEndTest(console, output)
{
    private const string Fine = """{"name":"x","commands":[{"script":"true"}],"targets":{"all":true}}""";

    /// <summary>Body, and the field that the answer must name.</summary>
    public static TheoryData<string, string, string> Bodies => new()
    {
        { "an empty script", """{"name":"x","commands":[{"script":""}],"targets":{"all":true}}""", "commands[0].script" },
        { "no commands", """{"name":"x","commands":[],"targets":{"all":true}}""", "commands" },
        { "a null command", """{"name":"x","commands":[null],"targets":{"all":true}}""", "commands[0]" },
        { "an unknown host", """{"name":"x","commands":[{"script":"true"}],"targets":{"hostIds":["01900000-0000-7000-8000-000000000000"]}}""", "targets.hostIds" },
        { "a selector that hits nothing", """{"name":"x","commands":[{"script":"true"}],"targets":{"selector":"env=nowhere"}}""", "targets.selector" },
        { "a selector with a syntax error", """{"name":"x","commands":[{"script":"true"}],"targets":{"selector":"env in (prod"}}""", "targets.selector" },
        { "two kinds of targets", """{"name":"x","commands":[{"script":"true"}],"targets":{"all":true,"selector":"env=prod"}}""", "targets" },
        { "a timeout of -1", """{"name":"x","commands":[{"script":"true","timeoutSeconds":-1}],"targets":{"all":true}}""", "commands[0].timeoutSeconds" },
        { "a name of 10,000 characters", "{\"name\":\"" + new string('x', 10_000) + "\",\"commands\":[{\"script\":\"true\"}],\"targets\":{\"all\":true}}", "name" },
        { "a parameter LD_PRELOAD", """{"name":"x","commands":[{"script":"true"}],"targets":{"all":true},"parameters":{"LD_PRELOAD":"/x.so"}}""", "parameters.LD_PRELOAD" },
        { "a secret PATH", """{"name":"x","commands":[{"script":"true"}],"targets":{"all":true},"secretParameters":{"PATH":"/x"}}""", "secretParameters.PATH" },
        { "secrets that are too short to mask", """{"name":"x","commands":[{"script":"true"}],"targets":{"all":true},"secretParameters":{"A":"a","B":" ","C":"\n"}}""", "secretParameters.B" },
        { "an open quote in an interpreter", """{"name":"x","commands":[{"script":"true","interpreter":"bash 'x"}],"targets":{"all":true}}""", "commands[0].interpreter" },
        { "an interpreter that is an object", """{"name":"x","commands":[{"script":"true","interpreter":{}}],"targets":{"all":true}}""", "commands[0].interpreter" },
        { "an account with a colon", """{"name":"x","commands":[{"script":"true","runAs":"root:0"}],"targets":{"all":true}}""", "commands[0].runAs" },
        { "an unknown priority", """{"name":"x","priority":"Urgent","commands":[{"script":"true"}],"targets":{"all":true}}""", "priority" },
        { "an unknown property", """{"name":"x","commands":[{"script":"true","timeout":5}],"targets":{"all":true}}""", "commands[0].timeout" },
        { "a number as text", """{"name":"x","commands":[{"script":"true","timeoutSeconds":"5"}],"targets":{"all":true}}""", "commands[0].timeoutSeconds" },
        { "a host id that is no UUID", """{"name":"x","commands":[{"script":"true"}],"targets":{"hostIds":["demo-01"]}}""", "targets.hostIds[0]" },
        { "malformed JSON", """{"name":"x",""", "$" },
        { "no body", "", "$" },
    };

    [Fact]
    public async Task Every_bad_body_is_a_400_that_names_the_field_and_changes_nothing()
    {
        var before = await Console.Store.RowsAsync();
        foreach (var (what, body, field) in Bodies.Select(row => row.Data))
        {
            var (status, _, answer) = await Api.SendAsync(HttpMethod.Post, "/tasks", body);
            var text = Encoding.UTF8.GetString(answer);
            Assert.True(status == HttpStatusCode.BadRequest, $"{what}: {(int)status} {text}");
            var errors = JsonDocument.Parse(text).RootElement.GetProperty("errors");
            Assert.True(errors.EnumerateObject().Any(error => error.Name == field || error.Name.StartsWith(field + "[", StringComparison.Ordinal)), $"{what}: {text}");
            Assert.DoesNotContain("   at ", text, StringComparison.Ordinal);
            Assert.DoesNotContain("System.", text, StringComparison.Ordinal);
        }

        Assert.Equal(before, await Console.Store.RowsAsync());
    }

    [Theory]
    [InlineData("/tasks?page=0", "page")]
    [InlineData("/tasks?page=99999", "page")]
    [InlineData("/hosts?page=2&pageSize=500", "page")]
    [InlineData("/tasks?pageSize=501", "pageSize")]
    [InlineData("/tasks?pageSize=x", "pageSize")]
    [InlineData("/tasks?status=Done", "status")]
    [InlineData("/tasks?from=yesterday", "from")]
    [InlineData("/hosts?status=1", "status")]
    [InlineData("/hosts?selector=,,", "selector")]
    [InlineData("/hosts/preview?selector=a%20in", "selector")]
    public async Task A_bad_query_is_a_400_that_names_the_parameter(string path, string parameter)
    {
        var (status, _, answer) = await Api.SendAsync(HttpMethod.Get, path);

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.True(JsonDocument.Parse(answer).RootElement.GetProperty("errors").TryGetProperty(parameter, out _), Encoding.UTF8.GetString(answer));
    }

    [Theory]
    [InlineData("GET", "/tasks/01900000-0000-7000-8000-000000000000")]
    [InlineData("GET", "/tasks/01900000-0000-7000-8000-000000000000/hosts")]
    [InlineData("POST", "/tasks/01900000-0000-7000-8000-000000000000/start")]
    [InlineData("POST", "/tasks/01900000-0000-7000-8000-000000000000/cancel")]
    [InlineData("POST", "/tasks/01900000-0000-7000-8000-000000000000/retry")]
    [InlineData("GET", "/command-hosts/01900000-0000-7000-8000-000000000000")]
    [InlineData("GET", "/command-hosts/01900000-0000-7000-8000-000000000000/output")]
    [InlineData("GET", "/hosts/01900000-0000-7000-8000-000000000000")]
    [InlineData("DELETE", "/hosts/01900000-0000-7000-8000-000000000000")]
    [InlineData("POST", "/hosts/01900000-0000-7000-8000-000000000000/drain")]
    [InlineData("GET", "/tasks/not-a-uuid")]
    [InlineData("GET", "/nothing")]
    public async Task What_does_not_exist_is_a_404_with_problem_details(string method, string path)
    {
        var (status, _, answer) = await Api.SendAsync(new HttpMethod(method), path);

        Assert.Equal(HttpStatusCode.NotFound, status);
        Assert.Equal(404, JsonDocument.Parse(answer).RootElement.GetProperty("status").GetInt32());
    }

    [Fact]
    public async Task Without_a_valid_token_nothing_is_answered()
    {
        foreach (var token in new[] { null, "wrong-token-wrong-token" })
        {
            using var stranger = new RestApi(Console.Address, token);
            var (status, headers, _) = await stranger.SendAsync(HttpMethod.Get, "/tasks");
            Assert.Equal(HttpStatusCode.Unauthorized, status);
            Assert.Equal("Bearer", headers.WwwAuthenticate.Single().Scheme);
            Assert.Equal(HttpStatusCode.Unauthorized, (await stranger.SendAsync(HttpMethod.Post, "/tasks", Fine)).Status);
        }
    }

    [Fact]
    public async Task A_finished_task_can_be_neither_started_nor_canceled()
    {
        var task = await Api.RunAsync(new { name = "Finished", commands = new[] { new { script = "true" } }, targets = new { selector = "name~=demo-01" } });
        await Api.EndOfAsync(task.Id());

        Assert.Equal(HttpStatusCode.Conflict, (await Api.SendAsync(HttpMethod.Post, $"/tasks/{task.Id()}/start")).Status);
        Assert.Equal(HttpStatusCode.Conflict, (await Api.SendAsync(HttpMethod.Post, $"/tasks/{task.Id()}/cancel")).Status);
    }

    [Fact]
    public async Task A_page_beyond_the_last_is_a_400_for_the_hosts_of_a_task_too()
    {
        var task = await Api.PostAsync("/tasks", new { name = "Paged", commands = new[] { new { script = "true" } }, targets = new { selector = "name~=demo-*" } }, HttpStatusCode.Created);

        Assert.Equal(1, (await Api.GetAsync($"/tasks/{task.Id()}/hosts?pageSize=2&page=3")).GetProperty("items").GetArrayLength());
        var (status, _, answer) = await Api.SendAsync(HttpMethod.Get, $"/tasks/{task.Id()}/hosts?pageSize=2&page=4");
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.True(JsonDocument.Parse(answer).RootElement.GetProperty("errors").TryGetProperty("page", out _), Encoding.UTF8.GetString(answer));
    }

    [Fact]
    public async Task An_idempotency_key_answers_the_same_task_for_the_same_body_alone()
    {
        var key = ("Idempotency-Key", Guid.NewGuid().ToString());
        var first = await Api.SendAsync(HttpMethod.Post, "/tasks", Fine, key);
        var again = await Api.SendAsync(HttpMethod.Post, "/tasks", Fine, key);
        var other = await Api.SendAsync(HttpMethod.Post, "/tasks", Fine.Replace("\"x\"", "\"y\"", StringComparison.Ordinal), key);

        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.Created, HttpStatusCode.Conflict), (first.Status, again.Status, other.Status));
        Assert.Equal(first.Headers.Location, again.Headers.Location);
        Assert.Equal(JsonDocument.Parse(first.Body).RootElement.Id(), JsonDocument.Parse(again.Body).RootElement.Id());
    }
}

[Collection(OnSqlite.Name)]
public sealed class BadInputOnSqlite(SqliteConsole console, ITestOutputHelper output) : BadInputTests(console, output);

[Collection(OnMariaDb.Name)]
public sealed class BadInputOnMariaDb(MariaDbConsole console, ITestOutputHelper output) : BadInputTests(console, output);
