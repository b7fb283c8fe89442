using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;
using TaskConsole.Console.Components.Live;
using TaskConsole.Console.Components.Status;
using TaskConsole.Console.Resources;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Console.Components.Tasks.Detail;

/// <summary>What did not succeed, grouped by its reason and command; read from the first 500 of each status.</summary>
public sealed partial class FailureChips
{
    private const int MostGroups = 6;

    private static readonly CommandHostStatus[] Statuses = [CommandHostStatus.Failed, CommandHostStatus.TimedOut, CommandHostStatus.DispatchFailed];

    private List<Group> _groups = [];
    private (int, int, int) _counted;

    /// <summary>What makes one group.</summary>
    public readonly record struct GroupKey(CommandHostStatus Status, Reason? Reason, int? ExitCode, int? Signal, int CommandIndex);

    private sealed record Group(GroupKey Key, int Count, bool Partial, string Words, string? Sentence);

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
        var groups = new List<Group>();
        foreach (var status in Statuses.Where(status => Progress.Of(status) > 0))
        {
            var answer = await Tasks.HostsAsync(TaskId, new CommandHostFilter { Status = status }, new PageRequest(1, PageRequest.MaxSize), await CurrentActor.GetAsync(), CancellationToken.None);
            if (answer.TryGet(out var page, out _))
            {
                groups.AddRange(GroupsOf(page));
            }
        }

        if (_counted == counts)
        {
            _groups = [.. groups.OrderByDescending(group => group.Count).Take(MostGroups)];
        }
    }

    private IEnumerable<Group> GroupsOf(PageOf<CommandHostView> page) => page.Items
        .GroupBy(row => new GroupKey(row.Status, row.Reason, row.ExitCode, row.Signal, row.CommandIndex))
        .Select(rows => new Group(rows.Key, rows.Count(), page.Total > page.Items.Count, WordsOf(rows.First()), Words.Reason(T, rows.First())));

    private string WordsOf(CommandHostView row)
    {
        var outcome = Words.Outcome(T, row) ?? (row.Reason is { } reason ? T[$"ReasonName.{reason}"] : T[StatusLook.Of(row.Status).Key]);
        return Commands.Count > 1 ? T["Failures.In", outcome, Words.Command(T, Commands, row.CommandIndex)] : outcome;
    }
}
