using System.Globalization;
using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;
using MudBlazor;
using TaskConsole.Console.Components.Controls;
using TaskConsole.Console.Components.Live;
using TaskConsole.Core.Problems;
using TaskConsole.Core.Tasks;
using TaskConsole.Core.Tasks.Composing;

namespace TaskConsole.Console.Components.Tasks.Compose;

/// <summary>Composes a task and starts it. What is typed is kept in the browser until it became a task.</summary>
public sealed partial class NewTaskPage
{
    /// <summary>From this many hosts on, the number must be typed before a start, dangerous or not.</summary>
    internal const int ManyHosts = 100;

    private const int MostSteps = TaskSpecValidator.MaxCommands;
    private static readonly string[] Interpreters = ["/bin/sh", "/bin/bash", "/bin/bash -e", "python3", "perl", "/usr/bin/env node"];
    private readonly Dictionary<Guid, StepEditor?> _editors = [];
    private Debounce? _keeping;
    private TaskDraft? _draft;
    private FieldErrors _errors = FieldErrors.None;
    private IReadOnlyList<DangerFinding> _dangers = [];
    private TargetCount _count;
    private Problem? _problem;
    private long? _keptAt;
    private bool _busy;

    /// <summary>A task to begin from.</summary>
    [SupplyParameterFromQuery(Name = "from")]
    private Guid? From { get; set; }

    [Inject]
    private TaskService Service { get; set; } = null!;

    [Inject]
    private TaskQueries Queries { get; set; } = null!;

    [Inject]
    private BrowserStorage Storage { get; set; } = null!;

    [Inject]
    private NavigationManager Navigation { get; set; } = null!;

    [Inject]
    private IDialogService Dialogs { get; set; } = null!;

    [Inject]
    private IJSRuntime Js { get; set; } = null!;

    private DraftKeeper Keeper => new(Storage);

    private bool NeedsTyping => _count.Count is > 1 and var hosts && (_dangers.Count > 0 || hosts >= ManyHosts);

    /// <inheritdoc />
    protected override async Task OnInitializedAsync()
    {
        _keeping = new Debounce(TimeSpan.FromMilliseconds(800), Clock);
        var draft = From is { } from ? await LikeAsync(from) : await Keeper.ReadAsync();
        _draft = draft ?? new TaskDraft();
        _dangers = DangerScan.Find(_draft.Steps);
    }

    /// <inheritdoc />
    protected override ValueTask DisposeOwnAsync()
    {
        _keeping?.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<TaskDraft?> LikeAsync(Guid taskId)
    {
        var answer = await Queries.GetAsync(taskId, await ActorAsync(), Stopping);
        return answer.TryGet(out var task, out _problem) ? TaskDraft.Like(task) : null;
    }

    private async Task ChangedAsync()
    {
        _dangers = DangerScan.Find(_draft!.Steps);
        if (_errors.Count > 0)
        {
            // What was mended is wrong no more; what needs the store to be judged is judged at the next try.
            _errors = new FieldErrors(TaskSpecValidator.Validate(_draft.ToSpec(start: false)));
        }

        await _keeping!.RunAsync(async _ =>
        {
            if (!_draft.IsBlank && await Keeper.WriteAsync(_draft))
            {
                _keptAt = Clock.GetUtcNow().ToUnixTimeMilliseconds();
            }
        });
    }

    private void Counted(TargetCount count) => _count = count;

    private Task AddAsync()
    {
        _draft!.Steps.Add(new StepDraft { Interpreter = _draft.Steps[^1].Interpreter });
        return ChangedAsync();
    }

    private async Task MoveAsync(int index, int by)
    {
        var steps = _draft!.Steps;
        (steps[index], steps[index + by]) = (steps[index + by], steps[index]);
        _errors = FieldErrors.None;
        await ChangedAsync();
    }

    private Task RemoveAsync(StepDraft step)
    {
        _draft!.Steps.Remove(step);
        _editors.Remove(step.Key);
        _errors = FieldErrors.None;
        return ChangedAsync();
    }

    private async Task DiscardAsync()
    {
        await Keeper.ForgetAsync();
        _editors.Clear();
        (_draft, _keptAt, _errors, _problem, _dangers) = (new TaskDraft(), null, FieldErrors.None, null, []);
    }

    private async Task CreateAsync(bool start)
    {
        foreach (var editor in _editors.Values)
        {
            await (editor?.FlushAsync() ?? Task.CompletedTask);
        }

        _dangers = DangerScan.Find(_draft!.Steps);
        if (TwiceNamed(_draft) || (start && !await ConfirmedAsync()))
        {
            return;
        }

        _busy = true;
        var answer = await Service.CreateAsync(_draft.ToSpec(start), await ActorAsync(), idempotency: null, Stopping);
        _busy = false;
        (_errors, _problem) = (FieldErrors.None, null);
        if (answer.TryGet(out var task, out var problem))
        {
            _keeping!.Dispose();
            await Keeper.ForgetAsync();
            Navigation.NavigateTo($"tasks/{task.Id}");
        }
        else if (problem is Problem.Invalid invalid)
        {
            _errors = new FieldErrors(invalid.Errors);
            StateHasChanged();
            await Js.InvokeVoidAsync("taskConsole.reveal", "[data-testid=field-error], [data-testid=invalid]");
        }
        else
        {
            _problem = problem;
        }
    }

    private static bool TwiceNamed(TaskDraft draft) =>
        draft.Parameters.Where(parameter => !parameter.IsBlank).GroupBy(parameter => parameter.Name.Trim(), StringComparer.Ordinal).Any(same => same.Count() > 1);

    private async Task<bool> ConfirmedAsync()
    {
        if (_dangers.Count == 0 && !NeedsTyping)
        {
            return true;
        }

        var hosts = _count.Count ?? 0;
        var title = T.Count("Danger.ConfirmTitle", hosts);
        var text = _dangers.Count > 0 ? T["Danger.ConfirmText", string.Join(", ", _dangers.Select(finding => T["Danger." + finding.Danger].Value).Distinct(StringComparer.Ordinal))] : T["Danger.ManyText"];
        return NeedsTyping
            ? await Dialogs.AskAsync(title, text, T["New.Start"], hosts.ToString(CultureInfo.InvariantCulture), T["Danger.TypeCount", hosts.ToString(CultureInfo.InvariantCulture)])
            : await Dialogs.AskAsync(title, text, T["New.Start"]);
    }
}
