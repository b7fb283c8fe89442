using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;
using TaskConsole.Console.Components.Live;
using TaskConsole.Console.Components.Status;
using TaskConsole.Console.Resources;
using TaskConsole.Core.Acts;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Console.Components.Tasks.Detail;

/// <summary>What did not succeed, grouped by its cause and command, the largest groups.</summary>
public sealed partial class FailureChips
{
    private const int MostGroups = 6;

    private List<Group> _groups = [];
    private (int, int, int) _counted;

    private sealed record Group(FailureGroup Cause, string Words, string? Sentence);

    [Parameter, EditorRequired]
    public Guid TaskId { get; set; }

    [Parameter, EditorRequired]
    public TaskProgress Progress { get; set; } = null!;

    [Parameter, EditorRequired]
    public IReadOnlyList<CommandView> Commands { get; set; } = [];

    [Parameter]
    public CommandHostStatus? Selected { get; set; }

    [Parameter]
    public EventCallback<CommandHostStatus> OnSelect { get; set; }

    [Inject]
    private IStringLocalizer<Text> T { get; set; } = null!;

    [Inject]
    private TaskGroups Causes { get; set; } = null!;

    [Inject]
    private TaskQueries Tasks { get; set; } = null!;

    [Inject]
    private CurrentActor CurrentActor { get; set; } = null!;

    /// <inheritdoc />
    protected override async Task OnParametersSetAsync()
    {
        var counts = (Progress.Failed, Progress.TimedOut, Progress.DispatchFailed);
        if (_counted == counts)
        {
            return;
        }

        _counted = counts;
        var groups = await ReadAsync(await CurrentActor.GetAsync());
        if (_counted == counts)
        {
            _groups = groups;
        }
    }

    private async Task<List<Group>> ReadAsync(Actor actor)
    {
        if (Progress.Failed + Progress.TimedOut + Progress.DispatchFailed == 0
            || !(await Causes.FailuresAsync(TaskId, MostGroups, actor, CancellationToken.None)).TryGet(out var causes, out _)
            || !(await Tasks.CommandHostsAsync(TaskId, [.. causes.Select(cause => cause.First)], actor, CancellationToken.None)).TryGet(out var rows, out _))
        {
            return [];
        }

        var samples = rows.ToDictionary(row => row.Id);
        return [.. causes.Where(cause => samples.ContainsKey(cause.First)).Select(cause => new Group(cause, WordsOf(samples[cause.First]), Sentences.Current.Of(samples[cause.First])))];
    }

    private string WordsOf(CommandHostView row)
    {
        var outcome = Words.Outcome(T, row) ?? (row.Reason is { } reason ? T[$"ReasonName.{reason}"] : T[StatusLook.Of(row.Status).Key]);
        return Commands.Count > 1 ? T["Failures.In", outcome, Words.Command(T, Commands, row.CommandIndex)] : outcome;
    }
}
