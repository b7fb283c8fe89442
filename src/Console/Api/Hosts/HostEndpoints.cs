using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Options;
using TaskConsole.Console.Actors;
using TaskConsole.Console.Api.OpenApi;
using TaskConsole.Core.Acts;
using TaskConsole.Core.Hosts;
using TaskConsole.Core.Problems;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Console.Api.Hosts;

/// <summary>REST for hosts.</summary>
internal static class HostEndpoints
{
    public static void MapHosts(this RouteGroupBuilder api)
    {
        var hosts = api.MapGroup("/hosts").WithTags("Hosts");
        hosts.MapGet("/", ListAsync)
            .Describe(Act.ReadHosts, "listHosts", "List hosts", "By name.")
            .Query<string>("selector", "Label selector: `env=prod,role in (web,api),!canary,name~=web-*`.")
            .Query<string>("search", "Part of the name.")
            .Query<HostStatus>("status", "Derived from admission, connection and draining.")
            .Paged();
        hosts.MapGet("/preview", PreviewAsync)
            .Describe(Act.ReadHosts, "previewHosts", "What a selector hits now", "Approved hosts that are not draining; without a selector all of them.")
            .Query<string>("selector", "Label selector.")
            .ProducesProblems(StatusCodes.Status400BadRequest);
        hosts.MapGet("/{id:guid}", GetAsync)
            .Describe(Act.ReadHosts, "getHost", "One host", "")
            .ProducesProblems(StatusCodes.Status404NotFound);
        hosts.MapPatch("/{id:guid}", ChangeAsync)
            .Describe(Act.LabelHost, "changeHost", "Replace the labels of a host", "")
            .Accepts<HostChange>("application/json")
            .ProducesProblems(StatusCodes.Status400BadRequest, StatusCodes.Status404NotFound);
        hosts.MapDelete("/{id:guid}", DeleteAsync)
            .Describe(Act.DeleteHost, "deleteHost", "Delete a host", "Its keys are refused from then on; history keeps its name. 409 while something runs there.")
            .ProducesProblems(StatusCodes.Status404NotFound, StatusCodes.Status409Conflict);
        Decide(
            Act.ApproveHost,
            "approve",
            "Approve a key of a host",
            "The fingerprint is required for a replacement, for a host with status `Duplicate` (also to approve the key in force, when one of the two agents is gone), and where several keys wait: 400 with the code `host.key.ambiguous`. 409 for one that does not wait.",
            (service, id, fingerprint, user, stop) => service.ApproveAsync(id, fingerprint, user.ToActor(), stop));
        Decide(
            Act.RejectHost,
            "reject",
            "Reject a key of a host",
            "The fingerprint is required where several keys wait: 400 with the code `host.key.ambiguous`.",
            (service, id, fingerprint, user, stop) => service.RejectAsync(id, fingerprint, user.ToActor(), stop));
        Map(Act.DrainHost, "drain", "Give a host nothing new", (service, id, user, stop) => service.SetDrainingAsync(id, draining: true, user.ToActor(), stop));
        Map(Act.UndrainHost, "undrain", "Give a host work again", (service, id, user, stop) => service.SetDrainingAsync(id, draining: false, user.ToActor(), stop));

        void Map(Act act, string verb, string summary, Func<HostService, Guid, ClaimsPrincipal, CancellationToken, Task<Answer<HostView>>> perform) =>
            hosts.MapPost($"/{{id:guid}}/{verb}", async Task<Results<Ok<HostView>, ProblemHttpResult>> (Guid id, HostService service, ClaimsPrincipal user, CancellationToken cancellationToken) =>
                    (await perform(service, id, user, cancellationToken)).ToResult())
                .Describe(act, $"{verb}Host", summary, "")
                .ProducesProblems(StatusCodes.Status404NotFound, StatusCodes.Status409Conflict);

        void Decide(Act act, string verb, string summary, string description, Func<HostService, Guid, string?, ClaimsPrincipal, CancellationToken, Task<Answer<HostView>>> perform) =>
            hosts.MapPost($"/{{id:guid}}/{verb}", async Task<Results<Ok<HostView>, ProblemHttpResult>> (Guid id, HttpRequest request, HostService service, ClaimsPrincipal user, IOptions<JsonOptions> json, CancellationToken cancellationToken) =>
                {
                    var body = await JsonBody.ReadOptionalAsync<KeyDecision>(request, json.Value.SerializerOptions);
                    return body.Problem ?? (await perform(service, id, body.Value?.Fingerprint, user, cancellationToken)).ToResult();
                })
                .Describe(act, $"{verb}Host", summary, description)
                .Accepts<KeyDecision>(isOptional: true, "application/json")
                .ProducesProblems(StatusCodes.Status400BadRequest, StatusCodes.Status404NotFound, StatusCodes.Status409Conflict);
    }

    private static async Task<Results<Ok<PageOf<HostView>>, ProblemHttpResult>> ListAsync(
        HttpRequest request, ClaimsPrincipal user, HostService hosts, CancellationToken cancellationToken)
    {
        var query = new QueryReader(request.Query);
        var filter = new HostFilter
        {
            Selector = query.Text("selector"),
            Search = query.Text("search"),
            Status = query.Enumeration<HostStatus>("status"),
        };
        var page = query.Page();
        return query.Problem is { } problem
            ? problem.ToResult()
            : (await hosts.ListAsync(filter, page, user.ToActor(), cancellationToken)).ToPage();
    }

    private static async Task<Results<Ok<HostPreview>, ProblemHttpResult>> PreviewAsync(
        HttpRequest request, ClaimsPrincipal user, HostService hosts, CancellationToken cancellationToken) =>
        (await hosts.PreviewAsync(new QueryReader(request.Query).Text("selector"), user.ToActor(), cancellationToken)).ToResult();

    private static async Task<Results<Ok<HostView>, ProblemHttpResult>> GetAsync(
        Guid id, ClaimsPrincipal user, HostService hosts, CancellationToken cancellationToken) =>
        (await hosts.GetAsync(id, user.ToActor(), cancellationToken)).ToResult();

    private static async Task<Results<Ok<HostView>, ProblemHttpResult>> ChangeAsync(
        Guid id, HttpRequest request, ClaimsPrincipal user, HostService hosts, IOptions<JsonOptions> json, CancellationToken cancellationToken)
    {
        var body = await JsonBody.ReadAsync<HostChange>(request, json.Value.SerializerOptions);
        if (!body.TryGet(out var change, out var problem))
        {
            return problem!;
        }

        return change.Labels is null
            ? new Problem.Invalid("labels", HostProblemCode.LabelsMissing).ToResult()
            : (await hosts.SetLabelsAsync(id, change.Labels, user.ToActor(), cancellationToken)).ToResult();
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> DeleteAsync(
        Guid id, ClaimsPrincipal user, HostService hosts, CancellationToken cancellationToken)
    {
        var answer = await hosts.DeleteAsync(id, user.ToActor(), cancellationToken);
        return answer.Problem is { } problem ? problem.ToResult() : TypedResults.NoContent();
    }
}

/// <summary>Body of a decision on a key.</summary>
/// <param name="Fingerprint">SHA-256 of the public key, 64 hex digits; null: the only one that can be meant.</param>
internal sealed record KeyDecision(string? Fingerprint = null);

/// <summary>Body of a change to a host.</summary>
/// <param name="Labels">All labels that it shall have.</param>
internal sealed record HostChange(IReadOnlyDictionary<string, string>? Labels = null);
