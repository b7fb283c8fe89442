using System.Globalization;
using Microsoft.AspNetCore.Components;
using TaskConsole.Core.Problems;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Console.Components.Tasks.Detail;

/// <summary>Which hosts came to the same, largest group first: of ten thousand hosts the few that differ are seen at once.</summary>
public sealed partial class GroupsPanel
{
    private const int MostNames = 3;

    /// <summary>Every row of the task is read for it, so it follows more slowly than the rest of the page.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    private List<AnswerLine> _lines = [];
    private Problem? _problem;

    [Parameter, EditorRequired]
    public Guid TaskId { get; set; }

    [Parameter, EditorRequired]
    public IReadOnlyList<CommandView> Commands { get; set; } = [];

    /// <summary>How many CommandHosts the task has.</summary>
    [Parameter, EditorRequired]
    public int Total { get; set; }

    /// <summary>The group that was chosen.</summary>
    [Parameter]
    public CommandHostGroupKey? Selected { get; set; }

    /// <summary>Address of the page with a group chosen: it shows the output of the first of them.</summary>
    [Parameter, EditorRequired]
    public Func<CommandHostGroupKey, string> AddressOf { get; set; } = null!;

    /// <summary>Address of the page with the members of a group as rows.</summary>
    [Parameter, EditorRequired]
    public Func<CommandHostGroupKey, string> ListAddressOf { get; set; } = null!;

    [Inject]
    private TaskGroups Groups { get; set; } = null!;

    /// <summary>Several commands differ by nature; of one command it is told how many hosts differ.</summary>
    private string? Sentence => (_lines.Count, Commands.Count) switch
    {
        _ when Total < 2 || _lines.Count == 0 => null,
        (1, _) => T["Groups.Same", Number(Total)].Value,
        (_, > 1) => T["Groups.Several", Number(Total), Number(_lines.Count)].Value,
        _ when _lines[0].Group.Hosts == 1 => T["Groups.Different", Number(Total)].Value,
        _ => T["Groups.Differ", Number(_lines[0].Group.Hosts), Number(Total), Number(Total - _lines[0].Group.Hosts)].Value,
    };

    /// <inheritdoc />
    protected override Task OnInitializedAsync()
    {
        Follow(Events.WatchTask(TaskId), Interval, (_, stopping) => ReadAsync(stopping));
        return ReadAsync(Stopping);
    }

    private async Task ReadAsync(CancellationToken stopping)
    {
        var answer = await Groups.GetAsync(TaskId, await ActorAsync(), stopping);
        if (answer.TryGet(out var groups, out _problem))
        {
            _lines = AnswerLine.Of(groups, Commands, _lines);
        }
    }

    private string? Cause(CommandHostGroupKey key) => key switch
    {
        { Reason: { } reason and not (Reason.ExitCode or Reason.Signal) } => T[$"ReasonName.{reason}"].Value,
        { ExitCode: { } code } => T["Outcome.Exit", code].Value,
        { Reason: { } reason } => T[$"ReasonName.{reason}"].Value,
        _ => null,
    };

    private string Names(CommandHostGroup group)
    {
        var names = string.Join(", ", group.HostNames.Take(MostNames));
        return group.Hosts > MostNames ? T["Targets.NamesAndMore", names, Number(group.Hosts - MostNames)] : names;
    }

    private static string Number(int number) => number.ToString("N0", CultureInfo.CurrentCulture);
}
