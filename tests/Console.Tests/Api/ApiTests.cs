using System.Net;
using System.Text.Json;
using TaskConsole.Console.Tests.Fixture;

namespace TaskConsole.Console.Tests.Api;

public sealed class ApiTests(WebConsole console) : IClassFixture<WebConsole>
{
    private static readonly string[] Paths =
    [
        "/api/v1/tasks", "/api/v1/tasks/{id}", "/api/v1/tasks/{id}/start", "/api/v1/tasks/{id}/cancel", "/api/v1/tasks/{id}/retry", "/api/v1/tasks/{id}/hosts", "/api/v1/tasks/{id}/groups",
        "/api/v1/command-hosts/{id}", "/api/v1/command-hosts/{id}/output", "/api/v1/command-hosts/{id}/resolve", "/api/v1/command-hosts/{id}/end-background",
        "/api/v1/hosts", "/api/v1/hosts/{id}", "/api/v1/hosts/{id}/approve", "/api/v1/hosts/{id}/reject", "/api/v1/hosts/{id}/drain", "/api/v1/hosts/{id}/undrain", "/api/v1/hosts/preview",
    ];

    [Theory]
    [InlineData(null, "Bearer")]
    [InlineData("wrong-token-wrong-token", "Bearer error=\"invalid_token\"")]
    public async Task Without_a_valid_token_it_answers_401_with_problem_details(string? token, string challenge)
    {
        using var program = console.NewProgram(token);
        using var answer = await program.PostAsync(new Uri("/api/v1/tasks", UriKind.Relative), WebConsole.Json("{}"));

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
        Assert.Equal(challenge, Assert.Single(answer.Headers.GetValues("WWW-Authenticate")));
    }

    [Theory]
    [InlineData(null, HttpStatusCode.NotFound)]
    [InlineData(200, HttpStatusCode.NotFound)]
    [InlineData(201, HttpStatusCode.BadRequest)]
    public async Task End_background_wants_a_command_host_and_a_key_of_at_most_200_characters(int? keyLength, HttpStatusCode expected)
    {
        using var program = console.NewProgram();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri($"/api/v1/command-hosts/{Guid.CreateVersion7()}/end-background", UriKind.Relative));
        if (keyLength is { } length)
        {
            request.Headers.Add("Idempotency-Key", new string('k', length));
        }

        using var answer = await program.SendAsync(request);
        Assert.Equal(expected, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
    }

    [Fact]
    public async Task A_page_has_items_total_page_and_pageSize()
    {
        using var program = console.NewProgram();
        var page = JsonDocument.Parse(await program.GetStringAsync(new Uri("/api/v1/hosts?page=1&pageSize=7", UriKind.Relative))).RootElement;

        Assert.Equal("""{"items":[],"total":0,"page":1,"pageSize":7}""", page.GetRawText());
    }

    [Theory]
    [InlineData("/api/v1/tasks?page=2&pageSize=500")]
    [InlineData("/api/v1/tasks?page=99999&status=Paused")]
    [InlineData("/api/v1/hosts?page=2&pageSize=1")]
    [InlineData("/api/v1/hosts?page=2&selector=env%3Dprod")]
    public async Task A_page_beyond_the_last_is_a_400_that_names_page(string path)
    {
        using var program = console.NewProgram();
        using var answer = await program.GetAsync(new Uri(path, UriKind.Relative));

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        var errors = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.GetProperty("errors");
        Assert.StartsWith("The last page is 1;", Assert.Single(errors.EnumerateObject(), error => error.Name == "page").Value[0].GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "$")]
    [InlineData("null", "$")]
    [InlineData("[]", "$")]
    [InlineData("{", "$")]
    [InlineData("""{"name":"x"} more""", "$")]
    [InlineData("""{"name":1}""", "name")]
    [InlineData("""{"Name":"x"}""", "Name")]
    [InlineData("""{"name":"a","name":"b"}""", "name")]
    [InlineData("""{"name":"\ud800"}""", "name")]
    [InlineData("""{"priority":"Urgent"}""", "priority")]
    [InlineData("""{"priority":1}""", "priority")]
    [InlineData("""{"priority":"1"}""", "priority")]
    [InlineData("""{"priority":"Low,High"}""", "priority")]
    [InlineData("""{"commands":{}}""", "commands")]
    [InlineData("""{"commands":[{},{"timeoutSeconds":"5"}]}""", "commands[1].timeoutSeconds")]
    [InlineData("""{"commands":[{"timeoutSeconds":1.5}]}""", "commands[0].timeoutSeconds")]
    [InlineData("""{"commands":[{"timeoutSeconds":99999999999}]}""", "commands[0].timeoutSeconds")]
    [InlineData("""{"commands":[{"retry":1}]}""", "commands[0].retry")]
    [InlineData("""{"commands":[{"interpreter":5}]}""", "commands[0].interpreter")]
    [InlineData("""{"commands":[{"interpreter":["sh",null]}]}""", "commands[0].interpreter")]
    [InlineData("""{"commands":[{"interpreter":"\ud800"}]}""", "commands[0].interpreter")]
    [InlineData("""{"targets":{"hostIds":["web-01"]}}""", "targets.hostIds[0]")]
    [InlineData("""{"targets":{"all":"yes"}}""", "targets.all")]
    [InlineData("""{"parameters":{"A":1}}""", "parameters.A")]
    public async Task A_body_that_cannot_be_read_is_a_400_with_the_path_of_the_field(string body, string field)
    {
        using var program = console.NewProgram();
        using var answer = await program.PostAsync(new Uri("/api/v1/tasks", UriKind.Relative), WebConsole.Json(body));
        var text = await answer.Content.ReadAsStringAsync();

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal(field, Assert.Single(JsonDocument.Parse(text).RootElement.GetProperty("errors").EnumerateObject()).Name);
        Assert.DoesNotContain("System.", text, StringComparison.Ordinal);
        Assert.DoesNotContain("TaskConsole.Core", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_body_over_4_MiB_is_a_413(bool announcesItsLength)
    {
        using var program = console.NewProgram();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri("/api/v1/tasks", UriKind.Relative)) { Content = WebConsole.Json($"{{\"name\":\"{new string('x', 4_200_000)}\"}}") };
        request.Headers.TransferEncodingChunked = !announcesItsLength;
        using var answer = await program.SendAsync(request);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
    }

    [Fact]
    public async Task A_body_is_JSON_whatever_it_is_called()
    {
        using var program = console.NewProgram();
        using var answer = await program.PostAsync(new Uri("/api/v1/tasks", UriKind.Relative), new StringContent("{}", System.Text.Encoding.UTF8, "application/x-www-form-urlencoded"));

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains("A name is needed", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET", "/api/v1/tasks/1", 404)]
    [InlineData("GET", "/api/v1/nothing", 404)]
    [InlineData("PUT", "/api/v1/tasks", 405)]
    public async Task What_no_endpoint_answers_is_problem_details_too(string method, string path, int status)
    {
        using var program = console.NewProgram();
        using var answer = await program.SendAsync(new HttpRequestMessage(new HttpMethod(method), new Uri(path, UriKind.Relative)));

        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal(status, JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.GetProperty("status").GetInt32());
    }

    [Fact]
    public async Task The_OpenAPI_document_has_every_call_of_this_version_with_a_summary_and_the_token()
    {
        using var stranger = console.NewProgram(token: null);
        var document = JsonDocument.Parse(await stranger.GetStringAsync(new Uri("/openapi/v1.json", UriKind.Relative))).RootElement;
        var paths = document.GetProperty("paths");

        Assert.Equal(Paths.Order(StringComparer.Ordinal), paths.EnumerateObject().Select(path => path.Name).Order(StringComparer.Ordinal));
        Assert.All(
            paths.EnumerateObject().SelectMany(path => path.Value.EnumerateObject()),
            operation => Assert.False(string.IsNullOrEmpty(operation.Value.GetProperty("summary").GetString())));
        Assert.Equal("bearer", document.GetProperty("components").GetProperty("securitySchemes").GetProperty("Bearer").GetProperty("scheme").GetString());
        Assert.DoesNotContain("&lt;", document.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_OpenAPI_document_takes_an_interpreter_as_text_or_list_and_answers_a_list()
    {
        using var stranger = console.NewProgram(token: null);
        var schemas = JsonDocument.Parse(await stranger.GetStringAsync(new Uri("/openapi/v1.json", UriKind.Relative))).RootElement.GetProperty("components").GetProperty("schemas");

        var interpreter = schemas.GetProperty("InterpreterSpec").GetProperty("oneOf");
        Assert.Equal(["string", "array"], interpreter.EnumerateArray().Select(form => form.GetProperty("type").GetString()));
        Assert.Equal("array", schemas.GetProperty("CommandView").GetProperty("properties").GetProperty("interpreter").GetProperty("type").GetString());
        Assert.Equal(["code", "arguments"], schemas.GetProperty("CodedMessage").GetProperty("properties").EnumerateObject().Select(property => property.Name));
    }

    [Fact]
    public async Task The_reference_page_brings_its_own_script_and_asks_no_other_host()
    {
        using var stranger = console.NewProgram(token: null);
        var page = await stranger.GetStringAsync(new Uri("/scalar/", UriKind.Relative));
        using var script = await stranger.GetAsync(new Uri("/scalar/scalar.js", UriKind.Relative));

        Assert.Equal(HttpStatusCode.OK, script.StatusCode);
        Assert.Contains("src=\"scalar.js\"", page, StringComparison.Ordinal);
        Assert.DoesNotContain("http", page.Replace("http-equiv", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/healthz/live")]
    [InlineData("/healthz/ready")]
    public async Task Health_needs_no_token(string path)
    {
        using var stranger = console.NewProgram(token: null);

        Assert.Equal("Healthy", await stranger.GetStringAsync(new Uri(path, UriKind.Relative)));
    }
}
