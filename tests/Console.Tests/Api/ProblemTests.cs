using System.Net;
using System.Text.Json;
using TaskConsole.Console.Tests.Fixture;

namespace TaskConsole.Console.Tests.Api;

/// <summary>What programs read of a failed request: status, code and arguments, beside the English sentence.</summary>
public sealed class ProblemTests(WebConsole console) : IClassFixture<WebConsole>
{
    [Theory]
    [InlineData("GET", "/api/v1/tasks/019aa000-0000-7000-8000-000000000000", 404, "task.not-found", "There is no task 019aa000-0000-7000-8000-000000000000.")]
    [InlineData("POST", "/api/v1/tasks/019aa000-0000-7000-8000-000000000000/start", 404, "task.not-found", "There is no task 019aa000-0000-7000-8000-000000000000.")]
    [InlineData("GET", "/api/v1/command-hosts/019aa000-0000-7000-8000-000000000000", 404, "command-host.not-found", "There is no CommandHost 019aa000-0000-7000-8000-000000000000.")]
    [InlineData("DELETE", "/api/v1/hosts/019aa000-0000-7000-8000-000000000000", 404, "host.not-found", "There is no host 019aa000-0000-7000-8000-000000000000.")]
    [InlineData("GET", "/api/v1/nothing", 404, "request.no-such-address", "There is nothing under this address.")]
    [InlineData("PUT", "/api/v1/tasks", 405, "request.not-answered", "The request cannot be answered.")]
    [InlineData("GET", "/api/v1/tasks?pageSize=501", 400, "field.range", "pageSize must be a whole number from 1 to 500.")]
    [InlineData("GET", "/api/v1/tasks?status=Odd", 400, "field.choice", "status must be one of Pending, AwaitingApproval, Queued, Running, Paused, Completed, Failed, Canceled.")]
    [InlineData("GET", "/api/v1/tasks?from=soon", 400, "field.type", "from must be an ISO 8601 time such as 2026-01-31T12:00:00Z.")]
    [InlineData("GET", "/api/v1/tasks?page=9", 400, "page.beyond-last", "The last page is 1; there is no page 9.")]
    [InlineData("GET", "/api/v1/hosts/preview?selector=env+in+(", 400, "selector.syntax", "Column 9 of the selector: expected ',' and another value, or ')', found the end.")]
    [InlineData("GET", "/api/v1/command-hosts/019aa000-0000-7000-8000-000000000000/output?stream=both&offset=1", 400, "output.offset-of-both", "offset goes with stream=stdout or stream=stderr; for both, give the X-Next-Offset of an earlier answer as cursor.")]
    [InlineData("POST", "/api/v1/tasks", 400, "request.no-object", "The body must be a JSON object.")]
    public async Task It_has_a_code_with_arguments_and_an_English_sentence(string method, string path, int status, string code, string detail)
    {
        using var program = console.NewProgram();
        program.DefaultRequestHeaders.AcceptLanguage.ParseAdd("zh-CN");
        using var answer = await program.SendAsync(new HttpRequestMessage(new HttpMethod(method), new Uri(path, UriKind.Relative)));
        var problem = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;

        Assert.Equal((status, code, detail), ((int)answer.StatusCode, problem.GetProperty("code").GetString(), problem.GetProperty("detail").GetString()));
        Assert.Equal(JsonValueKind.Object, problem.GetProperty("arguments").ValueKind);
        Assert.Equal(status == 400, problem.TryGetProperty("errorCodes", out var codes));
        if (status == 400)
        {
            Assert.Equal(code, Assert.Single(codes.EnumerateObject().ToList()).Value[0].GetProperty("code").GetString());
        }
    }

    [Fact]
    public async Task One_wrong_field_is_the_problem_itself()
    {
        var problem = await ComposeAsync($$"""{"name":"{{new string('n', 201)}}","targets":{"all":true},"commands":[{"script":"true"}]}""");
        Assert.Equal("task.name.too-long", problem.GetProperty("code").GetString());
        Assert.Equal("""{"longest":200,"length":201}""", problem.GetProperty("arguments").GetRawText());
        Assert.Equal("""{"name":["A name has 1 to 200 characters, this one has 201."]}""", problem.GetProperty("errors").GetRawText());
        Assert.Equal("""{"name":[{"code":"task.name.too-long","arguments":{"longest":200,"length":201}}]}""", problem.GetProperty("errorCodes").GetRawText());
        Assert.Equal("A name has 1 to 200 characters, this one has 201.", problem.GetProperty("detail").GetString());
        Assert.Equal("Bad Request", problem.GetProperty("title").GetString());
        Assert.Equal("/api/v1/tasks", problem.GetProperty("instance").GetString());
    }

    [Fact]
    public async Task Several_wrong_fields_are_each_told()
    {
        var problem = await ComposeAsync("""{"commands":[{"script":"true","environment":{"PATH":"x"}}],"targets":{"all":true}}""");
        Assert.Equal(("request.invalid", "Some fields are not valid."), (problem.GetProperty("code").GetString(), problem.GetProperty("detail").GetString()));
        Assert.Equal("{}", problem.GetProperty("arguments").GetRawText());
        Assert.Equal(
            ["commands[0].environment.PATH variable.reserved", "name task.name.missing"],
            problem.GetProperty("errorCodes").EnumerateObject().Select(field => $"{field.Name} {field.Value[0].GetProperty("code").GetString()}").Order(StringComparer.Ordinal));
        Assert.Equal(2, problem.GetProperty("errors").EnumerateObject().Count());
    }

    [Theory]
    [InlineData("{", "request.not-json", "The body is not valid JSON: line 1, byte 2.")]
    [InlineData("[]", "request.type", "The body must be an object.")]
    [InlineData("""{"name":1}""", "field.type", "name must be a text.")]
    [InlineData("""{"nome":"x"}""", "field.unknown", "nome is not known.")]
    [InlineData("""{"name":"a","name":"b"}""", "field.twice", "name is there twice.")]
    [InlineData("""{"priority":"Odd"}""", "field.choice", "priority must be one of Low, Normal, High, Critical.")]
    [InlineData("""{"commands":[{"interpreter":5}]}""", "field.type", "commands[0].interpreter must be a text or a list of texts.")]
    public async Task A_body_that_cannot_be_read(string body, string code, string detail)
    {
        var problem = await ComposeAsync(body);
        Assert.Equal((code, detail), (problem.GetProperty("code").GetString(), problem.GetProperty("detail").GetString()));
        Assert.Equal(detail, Assert.Single(problem.GetProperty("errors").EnumerateObject().ToList()).Value[0].GetString());
    }

    [Theory]
    [InlineData(null, "access.token-missing")]
    [InlineData("wrong-token-wrong-token", "access.token-wrong")]
    public async Task A_stranger_is_told_a_code_too(string? token, string code)
    {
        using var program = console.NewProgram(token);
        using var answer = await program.GetAsync(new Uri("/api/v1/tasks", UriKind.Relative));
        Assert.Equal(code, JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.GetProperty("code").GetString());
    }

    [Fact]
    public async Task A_body_that_is_too_large_and_a_key_that_is_too_long_have_codes()
    {
        using var program = console.NewProgram();
        using var large = await program.PostAsync(new Uri("/api/v1/tasks", UriKind.Relative), WebConsole.Json($"{{\"name\":\"{new string('x', 4_200_000)}\"}}"));
        var problem = JsonDocument.Parse(await large.Content.ReadAsStringAsync()).RootElement;
        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, "request.too-large", "The body is larger than 4 MiB."), (large.StatusCode, problem.GetProperty("code").GetString(), problem.GetProperty("detail").GetString()));

        program.DefaultRequestHeaders.Add("Idempotency-Key", new string('k', 201));
        using var keyed = await program.PostAsync(new Uri("/api/v1/tasks", UriKind.Relative), WebConsole.Json("{}"));
        problem = JsonDocument.Parse(await keyed.Content.ReadAsStringAsync()).RootElement;
        Assert.Equal(("idempotency-key.length", "Idempotency-Key must have 1 to 200 characters."), (problem.GetProperty("code").GetString(), problem.GetProperty("detail").GetString()));
    }

    [Fact]
    public async Task The_OpenAPI_document_shows_codes_and_arguments()
    {
        using var stranger = console.NewProgram(token: null);
        var schemas = JsonDocument.Parse(await stranger.GetStringAsync(new Uri("/openapi/v1.json", UriKind.Relative))).RootElement.GetProperty("components").GetProperty("schemas");
        Assert.All(["ProblemDetails", "HttpValidationProblemDetails"], name =>
        {
            var properties = schemas.GetProperty(name).GetProperty("properties");
            Assert.Equal("string", properties.GetProperty("code").GetProperty("type").GetString());
            Assert.Equal("object", properties.GetProperty("arguments").GetProperty("type").GetString());
            Assert.Equal(name != "ProblemDetails", properties.TryGetProperty("errorCodes", out _));
        });
    }

    private async Task<JsonElement> ComposeAsync(string body)
    {
        using var program = console.NewProgram();
        using var answer = await program.PostAsync(new Uri("/api/v1/tasks", UriKind.Relative), WebConsole.Json(body));
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        return JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
    }
}
