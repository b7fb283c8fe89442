using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.SignalR;
using TaskConsole.Console.Actors;
using TaskConsole.Core.Acts;
using TaskConsole.Core.Events;
using TaskConsole.Core.Hosts;
using TaskConsole.Core.Outputs;
using TaskConsole.Core.Problems;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Console.Live;

/// <summary><c>/hubs/tasks</c>: what a program calls to follow tasks, outputs and the fleet. After a reconnect it asks again, outputs from its last offset.</summary>
internal sealed class TaskHub(
    LiveConnections connections,
    IHubContext<TaskHub, ITaskWatcher> clients,
    EventBus events,
    TaskQueries tasks,
    HostService hosts,
    OutputReader outputs,
    TimeProvider time) : Hub<ITaskWatcher>
{
    private Actor Actor => Context.User?.ToActor() ?? throw Refusal(CodedMessage.Of(RequestProblemCode.NotSignedIn));

    private ITaskWatcher Client => clients.Clients.Client(Context.ConnectionId);

    public override Task OnConnectedAsync()
    {
        connections.Open(Context.ConnectionId);
        return Task.CompletedTask;
    }

    public override Task OnDisconnectedAsync(Exception? exception) => connections.CloseAsync(Context.ConnectionId);

    /// <summary>Sends TaskProgress and CommandHostsChanged of a task from now on.</summary>
    public async Task WatchTask(Guid taskId)
    {
        Require(await tasks.GetSummaryAsync(taskId, Actor, Context.ConnectionAborted));
        var watcher = new TaskWatching(taskId, Actor, events, tasks, Client, time);
        await StartAsync(Subject(nameof(WatchTask), taskId), watcher.RunAsync);
    }

    /// <summary>Sends no more of a task.</summary>
    public Task UnwatchTask(Guid taskId) => connections.UnwatchAsync(Context.ConnectionId, Subject(nameof(WatchTask), taskId));

    /// <summary>Sends the output of a CommandHost from an address on: what is committed, and what follows.</summary>
    /// <param name="commandHostId">Whose.</param>
    /// <param name="stream">Stdout, Stderr or Both.</param>
    /// <param name="fromOffset">For one stream a byte offset (a number, or its text); for both a cursor from <c>next</c>, or 0.</param>
    public async Task WatchOutput(Guid commandHostId, OutputSelection stream, JsonElement fromOffset)
    {
        var cursor = Cursor(stream, fromOffset);
        Require(await outputs.ReadAsync(commandHostId, attempt: null, stream, cursor, maxBytes: 1, Actor, Context.ConnectionAborted));
        var watcher = new OutputWatching(commandHostId, stream, cursor, Actor, events, outputs, Client, time);
        await StartAsync(Subject(nameof(WatchOutput) + stream, commandHostId), watcher.RunAsync);
    }

    /// <summary>Sends no more of an output.</summary>
    public Task UnwatchOutput(Guid commandHostId, OutputSelection stream) =>
        connections.UnwatchAsync(Context.ConnectionId, Subject(nameof(WatchOutput) + stream, commandHostId));

    /// <summary>Sends FleetChanged from now on.</summary>
    public Task WatchFleet() =>
        StartAsync(nameof(WatchFleet), new FleetWatching(Actor, events, hosts, Client, time).RunAsync);

    /// <summary>Sends no more of the fleet.</summary>
    public Task UnwatchFleet() => connections.UnwatchAsync(Context.ConnectionId, nameof(WatchFleet));

    private static string Subject(string kind, Guid id) => $"{kind} {id}";

    private static OutputCursor Cursor(OutputSelection stream, JsonElement from)
    {
        var text = from.ValueKind switch
        {
            JsonValueKind.Null or JsonValueKind.Undefined => "0",
            JsonValueKind.Number => from.GetRawText(),
            JsonValueKind.String => from.GetString(),
            _ => null,
        };
        if (stream == OutputSelection.Both && OutputCursor.TryParse(text, out var cursor))
        {
            return cursor;
        }

        if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var offset) || (stream == OutputSelection.Both && offset != 0))
        {
            throw Refusal(CodedMessage.Of(RequestProblemCode.LiveOffset));
        }

        return stream == OutputSelection.Stderr ? new OutputCursor(0, offset) : new OutputCursor(offset, 0);
    }

    private static HubException Refusal(CodedMessage problem) => new(Sentences.English.Problem(problem));

    private static void Require<T>(Answer<T> answer)
    {
        if (answer.Problem is { } problem)
        {
            throw Refusal(problem.Message);
        }
    }

    private async Task StartAsync(string subject, Func<CancellationToken, Task> loop)
    {
        if (!await connections.WatchAsync(Context.ConnectionId, subject, loop))
        {
            throw Refusal(CodedMessage.Of(RequestProblemCode.LiveWatches, ("limit", LiveConnections.MaxWatches)));
        }
    }
}
