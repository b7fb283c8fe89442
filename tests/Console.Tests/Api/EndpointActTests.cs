using System.Net;
using System.Security.Claims;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using TaskConsole.Console.Actors;
using TaskConsole.Console.Api;
using TaskConsole.Console.Api.OpenApi;
using TaskConsole.Console.Tests.Fixture;
using TaskConsole.Core.Acts;
using TaskConsole.Core.Problems;

namespace TaskConsole.Console.Tests.Api;

/// <summary>Each endpoint of REST does one act of the table, and asks for the role before anything else.</summary>
public sealed class EndpointActTests(WebConsole console) : IClassFixture<WebConsole>
{
    private static readonly Act[] Reading = [Act.ReadTasks, Act.ReadOutput, Act.ReadHosts];

    [Fact]
    public void Each_endpoint_does_an_act_and_those_that_change_something_do_one_that_is_audited()
    {
        var endpoints = console.Services.GetServices<EndpointDataSource>().SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.RoutePattern.RawText!.StartsWith("/api/", StringComparison.Ordinal))
            .ToList();
        Assert.True(endpoints.Count > 15);
        Assert.All(endpoints, endpoint =>
        {
            var act = endpoint.Metadata.GetMetadata<Act>();
            Assert.True(act is not null, $"{endpoint.DisplayName} has no act.");
            var reads = endpoint.Metadata.GetRequiredMetadata<HttpMethodMetadata>().HttpMethods.All(method => HttpMethods.IsGet(method));
            Assert.Equal((endpoint.DisplayName, reads, reads), (endpoint.DisplayName, Reading.Contains(act), !act.IsAudited));
        });
    }

    [Fact]
    public async Task Whoever_has_no_role_for_the_act_is_told_403_before_the_body_is_read()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton<IAccessPolicy, NobodyMayAct>();
        await using var app = builder.Build();
        var actor = new Actor(ActorKind.Token, Guid.CreateVersion7(), "reader");
        app.Use((context, next) =>
        {
            context.User = new ClaimsPrincipal(new ClaimsIdentity(actor.ToClaims(), "test"));
            return next(context);
        });
        var called = false;
        app.MapPost("/tasks", async (HttpRequest request) => called = (await JsonBody.ReadAsync<object>(request, JsonSerializerOptions.Web)).Problem is not null).Describe(Act.CreateTask, "createTask", "Compose", "");
        await app.StartAsync(TestContext.Current.CancellationToken);
        using var program = new HttpClient { BaseAddress = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()) };
        using var answer = await program.PostAsync(new Uri("/tasks", UriKind.Relative), WebConsole.Json("no JSON at all"), TestContext.Current.CancellationToken);
        Assert.Equal((HttpStatusCode.Forbidden, false), (answer.StatusCode, called));
        Assert.Contains("access.act-forbidden", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    private sealed class NobodyMayAct : IAccessPolicy
    {
        public Problem? Check(Actor actor, Act act) => new Problem.Forbidden(RequestProblemCode.ActForbidden, ("actor", actor.Name), ("act", act.Code));

        public ValueTask<Problem?> CheckAsync(Actor actor, Act act, ActSubject subject, CancellationToken cancellationToken) => default;
    }
}
