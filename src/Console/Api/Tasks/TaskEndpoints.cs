using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Options;
using TaskConsole.Console.Actors;
using TaskConsole.Console.Api.OpenApi;
using TaskConsole.Core.Acts;
using TaskConsole.Core.Problems;
using TaskConsole.Core.Tasks;
using TaskConsole.Core.Tasks.Composing;

namespace TaskConsole.Console.Api.Tasks;

/// <summary>REST for tasks.</summary>
internal static class TaskEndpoints
{
    public static void MapTasks(this RouteGroupBuilder api)
    {
        var tasks = api.MapGroup("/tasks").WithTags("Tasks");
        tasks.MapPost("/", CreateAsync)
            .Describe(Act.CreateTask, "createTask", "Compose a task", "Targets are resolved now: approved hosts that are not draining. Line ends and interpreter of each script are settled now too, and `notices` tells what was. With `start: true` it starts at once.")
            .Accepts<TaskSpec>("application/json")
            .Header(IdempotencyHeader.Name, "At most 200 characters, remembered for this token for 24 h: the same key with the same body answers the same task, with another body 409.")
            .ProducesProblems(StatusCodes.Status400BadRequest, StatusCodes.Status409Conflict, StatusCodes.Status413PayloadTooLarge);
        tasks.MapGet("/", ListAsync)
            .Describe(Act.ReadTasks, "listTasks", "List tasks", "Newest first.")
            .Query<OpsTaskStatus>("status", "Tasks in this state alone.")
            .Query<string>("search", "Part of the name.")
            .Query<string>("createdBy", "Name of the person or token that composed it.")
            .Query<string>("host", "Name or id of a host that it runs on.")
            .Query<DateTimeOffset>("from", "Created at or after.")
            .Query<DateTimeOffset>("to", "Created before.")
            .Paged();
        tasks.MapGet("/{id:guid}", GetAsync)
            .Describe(Act.ReadTasks, "getTask", "A task as composed and as it stands", "")
            .ProducesProblems(StatusCodes.Status404NotFound);
        tasks.MapPost("/{id:guid}/start", StartAsync)
            .Describe(Act.StartTask, "startTask", "Start a task", "409 unless it is Pending.")
            .ProducesProblems(StatusCodes.Status404NotFound, StatusCodes.Status409Conflict);
        tasks.MapPost("/{id:guid}/cancel", CancelAsync)
            .Describe(Act.CancelTask, "cancelTask", "Cancel a task or some of its hosts", "The body may be missing, or name `hostIds`. A repeated cancel is 200 too; an ended task 409.")
            .Accepts<CancelRequest>(isOptional: true, "application/json")
            .ProducesProblems(StatusCodes.Status400BadRequest, StatusCodes.Status404NotFound, StatusCodes.Status409Conflict);
        tasks.MapPost("/{id:guid}/retry", RetryAsync)
            .Describe(Act.RetryTask, "retryTask", "Try an ended task again", "Makes and starts a new task for the hosts with any command that did not succeed, on each from the first such command. 409 if every host succeeded.")
            .ProducesProblems(StatusCodes.Status404NotFound, StatusCodes.Status409Conflict);
        tasks.MapGet("/{id:guid}/hosts", HostsAsync)
            .Describe(Act.ReadTasks, "listCommandHosts", "What became of each command on each host", "Host by host, command by command.")
            .Query<CommandHostStatus>("status", "Those in this state alone.")
            .Query<string>("search", "Part of the host's name.")
            .Query<Guid>("hostId", "One host alone.")
            .Paged()
            .ProducesProblems(StatusCodes.Status404NotFound);
        tasks.MapGet("/{id:guid}/groups", GroupsAsync)
            .Describe(Act.ReadTasks, "listGroups", "Which hosts came to the same", $"CommandHosts with the same status, exit code and output, largest first, at most {TaskGroups.MaxGroups}.")
            .ProducesProblems(StatusCodes.Status404NotFound);
    }

    private static async Task<Results<Created<TaskView>, ProblemHttpResult>> CreateAsync(
        HttpRequest request, ClaimsPrincipal user, TaskService tasks, IOptions<JsonOptions> json, CancellationToken cancellationToken)
    {
        var body = await JsonBody.ReadAsync<TaskSpec>(request, json.Value.SerializerOptions);
        if (!body.TryGet(out var spec, out var problem))
        {
            return problem!;
        }

        var actor = user.ToActor();
        if (!IdempotencyHeader.TryRead(request, actor.Id.ToString(), body.Bytes.Span, out var claim, out var wrong))
        {
            return wrong.ToResult();
        }

        return (await tasks.CreateAsync(spec, actor, claim, cancellationToken)).ToCreated(Location);
    }

    private static async Task<Results<Ok<PageOf<TaskSummary>>, ProblemHttpResult>> ListAsync(
        HttpRequest request, ClaimsPrincipal user, TaskQueries tasks, CancellationToken cancellationToken)
    {
        var query = new QueryReader(request.Query);
        var filter = new TaskFilter
        {
            Status = query.Enumeration<OpsTaskStatus>("status"),
            Search = query.Text("search"),
            CreatedBy = query.Text("createdBy"),
            Host = query.Text("host"),
            From = query.Time("from"),
            To = query.Time("to"),
        };
        var page = query.Page();
        return query.Problem is { } problem
            ? problem.ToResult()
            : (await tasks.ListAsync(filter, page, user.ToActor(), cancellationToken)).ToPage();
    }

    private static async Task<Results<Ok<TaskView>, ProblemHttpResult>> GetAsync(
        Guid id, ClaimsPrincipal user, TaskQueries tasks, CancellationToken cancellationToken) =>
        (await tasks.GetAsync(id, user.ToActor(), cancellationToken)).ToResult();

    private static async Task<Results<Ok<TaskView>, ProblemHttpResult>> StartAsync(
        Guid id, ClaimsPrincipal user, TaskService tasks, CancellationToken cancellationToken) =>
        (await tasks.StartAsync(id, user.ToActor(), cancellationToken)).ToResult();

    private static async Task<Results<Ok<TaskView>, ProblemHttpResult>> CancelAsync(
        Guid id, HttpRequest request, ClaimsPrincipal user, TaskService tasks, IOptions<JsonOptions> json, CancellationToken cancellationToken)
    {
        var body = await JsonBody.ReadOptionalAsync<CancelRequest>(request, json.Value.SerializerOptions);
        if (body.Problem is { } problem)
        {
            return problem;
        }

        if (body.Value?.HostIds is { Count: 0 })
        {
            return new Problem.Invalid("hostIds", TaskProblemCode.HostsMissing).ToResult();
        }

        return (await tasks.CancelAsync(id, body.Value?.HostIds, user.ToActor(), cancellationToken)).ToResult();
    }

    private static async Task<Results<Created<TaskView>, ProblemHttpResult>> RetryAsync(
        Guid id, ClaimsPrincipal user, TaskService tasks, CancellationToken cancellationToken) =>
        (await tasks.RetryAsync(id, user.ToActor(), cancellationToken)).ToCreated(Location);

    private static async Task<Results<Ok<PageOf<CommandHostView>>, ProblemHttpResult>> HostsAsync(
        Guid id, HttpRequest request, ClaimsPrincipal user, TaskQueries tasks, CancellationToken cancellationToken)
    {
        var query = new QueryReader(request.Query);
        var filter = new CommandHostFilter
        {
            Status = query.Enumeration<CommandHostStatus>("status"),
            Search = query.Text("search"),
            HostId = query.Id("hostId"),
        };
        var page = query.Page();
        return query.Problem is { } problem
            ? problem.ToResult()
            : (await tasks.HostsAsync(id, filter, page, user.ToActor(), cancellationToken)).ToPage();
    }

    private static async Task<Results<Ok<IReadOnlyList<CommandHostGroup>>, ProblemHttpResult>> GroupsAsync(
        Guid id, ClaimsPrincipal user, TaskGroups groups, CancellationToken cancellationToken) =>
        (await groups.GetAsync(id, user.ToActor(), cancellationToken)).ToResult();

    private static string Location(TaskView task) => $"{ApiRoutes.V1}/tasks/{task.Id}";
}

/// <summary>Body of a cancel.</summary>
/// <param name="HostIds">These hosts alone; missing: the whole task.</param>
internal sealed record CancelRequest(IReadOnlyList<Guid>? HostIds = null);
