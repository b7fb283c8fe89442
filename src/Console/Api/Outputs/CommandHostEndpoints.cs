using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Options;
using TaskConsole.Console.Actors;
using TaskConsole.Console.Api.OpenApi;
using TaskConsole.Core.Acts;
using TaskConsole.Core.Outputs;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Console.Api.Outputs;

/// <summary>REST for one CommandHost and its output.</summary>
internal static class CommandHostEndpoints
{
    public static void MapCommandHosts(this RouteGroupBuilder api)
    {
        var commandHosts = api.MapGroup("/command-hosts").WithTags("Command hosts");
        commandHosts.MapGet("/{id:guid}", GetAsync)
            .Describe(Act.ReadTasks, "getCommandHost", "One command on one host, with every attempt and its story", "")
            .ProducesProblems(StatusCodes.Status404NotFound);
        commandHosts.MapPost("/{id:guid}/resolve", ResolveAsync)
            .Describe(Act.ResolveCommandHost, "resolveCommandHost", "Settle what nobody will ever know", "For one that is Unreachable, or Failed as AgentLost; else 409. It stands: what the agent says later is recorded beside it.")
            .Accepts<ResolveRequest>("application/json")
            .ProducesProblems(StatusCodes.Status400BadRequest, StatusCodes.Status404NotFound, StatusCodes.Status409Conflict);
        commandHosts.MapPost("/{id:guid}/end-background", EndBackgroundAsync)
            .Describe(Act.EndBackground, "endBackground", "End what it left running in the background", "TERM, after the grace KILL, to the processes that its attempts left behind; its story tells when the last of them has ended. 409 while its attempt has not ended, when nothing that is known runs, and when the agent is not connected: nothing is queued.")
            .Header(IdempotencyHeader.Name, "At most 200 characters, remembered for this token and execution for 24 h: the same key is answered without a second request to the agent.")
            .ProducesProblems(StatusCodes.Status400BadRequest, StatusCodes.Status404NotFound, StatusCodes.Status409Conflict);
        commandHosts.MapGet("/{id:guid}/output", OutputAsync)
            .Describe(Act.ReadOutput, "getOutput", "What a command wrote", "All that is kept, with one marker line where bytes were left out; while it runs, what has been committed. `X-Offset` says where the answer begins, `X-Next-Offset` where to go on, `X-Complete` whether nothing follows.")
            .Query<OutputSelection>("stream", "Stdout unless named. Both interleaves in order of arrival at the host.")
            .Query<int>("attempt", "From 1; the one that counts now unless named.")
            .Query<long>("offset", "Of one stream: from this byte of what was produced on; one in the omitted part answers from the tail.")
            .Query<string>("cursor", "Of both: the X-Next-Offset of an earlier answer.")
            .Produces(StatusCodes.Status200OK, contentType: "text/plain")
            .ProducesProblems(StatusCodes.Status400BadRequest, StatusCodes.Status404NotFound);
    }

    private static async Task<Results<Ok<CommandHostDetail>, ProblemHttpResult>> GetAsync(
        Guid id, ClaimsPrincipal user, TaskQueries tasks, CancellationToken cancellationToken) =>
        (await tasks.GetCommandHostAsync(id, user.ToActor(), cancellationToken)).ToResult();

    private static async Task<Results<Ok<CommandHostDetail>, ProblemHttpResult>> ResolveAsync(
        Guid id, HttpRequest request, ClaimsPrincipal user, TaskService tasks, IOptions<JsonOptions> json, CancellationToken cancellationToken)
    {
        var body = await JsonBody.ReadAsync<ResolveRequest>(request, json.Value.SerializerOptions);
        return !body.TryGet(out var resolve, out var problem)
            ? problem!
            : (await tasks.ResolveAsync(id, resolve.Status, resolve.Message, user.ToActor(), cancellationToken)).ToResult();
    }

    private static async Task<Results<Ok<CommandHostDetail>, ProblemHttpResult>> EndBackgroundAsync(
        Guid id, HttpRequest request, ClaimsPrincipal user, TaskService tasks, CancellationToken cancellationToken)
    {
        var actor = user.ToActor();
        return IdempotencyHeader.TryRead(request, Scope(id, actor), [], out var claim, out var problem)
            ? (await tasks.EndBackgroundAsync(id, actor, claim, cancellationToken)).ToResult()
            : problem.ToResult();
    }

    /// <summary>Of this actor's keys for this call; hashed, since together they may be longer than a scope is.</summary>
    private static string Scope(Guid id, Actor actor) =>
        Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes($"POST /command-hosts/{id}/end-background {actor.Id}")));

    private static async Task<Results<OutputResult, ProblemHttpResult>> OutputAsync(
        Guid id, HttpRequest request, ClaimsPrincipal user, OutputReader outputs, CancellationToken cancellationToken)
    {
        var query = new QueryReader(request.Query);
        var address = OutputAddress.Read(query);
        if (query.Problem is { } wrong)
        {
            return wrong.ToResult();
        }

        var answer = await outputs.OpenAsync(id, address.Attempt, address.Selection, address.From, user.ToActor(), cancellationToken);
        return answer.TryGet(out var output, out var problem) ? new OutputResult(output, address) : problem.ToResult();
    }
}

/// <summary>Body of a resolve.</summary>
/// <param name="Status">Failed or Succeeded.</param>
/// <param name="Message">How the person knows, 1 to 500 characters.</param>
internal sealed record ResolveRequest(CommandHostStatus? Status = null, string? Message = null);
