using Microsoft.AspNetCore.Components;
using MudBlazor;
using TaskConsole.Console.Components.Controls;
using TaskConsole.Console.Components.Live;
using TaskConsole.Console.Components.Stories;
using TaskConsole.Core.Acts;
using TaskConsole.Core.Problems;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Console.Components.Output;

/// <summary>What a person can do about one CommandHost: cancel on its host, end what it left in the background, or settle what nobody will ever know.</summary>
public sealed partial class ExecutionActions
{
    private ActChoices _acts = ActChoices.None;
    private bool _busy;

    [Parameter, EditorRequired]
    public Guid TaskId { get; set; }

    [Parameter, EditorRequired]
    public OpsTaskStatus TaskStatus { get; set; }

    [Parameter, EditorRequired]
    public CommandHostView Row { get; set; } = null!;

    /// <summary>Told after each act what stood in its way; null: nothing.</summary>
    [Parameter]
    public EventCallback<Problem?> OnActed { get; set; }

    [Inject]
    private TaskService Tasks { get; set; } = null!;

    [Inject]
    private TaskActs Acts { get; set; } = null!;

    [Inject]
    private IDialogService Dialogs { get; set; } = null!;

    [Inject]
    private CurrentActor CurrentActor { get; set; } = null!;

    /// <inheritdoc />
    protected override async Task OnParametersSetAsync() =>
        _acts = await Acts.OfCommandHostAsync(TaskStatus, Row, await CurrentActor.GetAsync(), CancellationToken.None);

    private async Task CancelAsync()
    {
        if (!await Dialogs.AskAsync(T["HostCancel.TitleOf", Row.HostName], T["HostCancel.Text"], T["HostCancel.Yes"]))
        {
            return;
        }

        _busy = true;
        var answer = await Tasks.CancelAsync(TaskId, [Row.HostId], await CurrentActor.GetAsync(), CancellationToken.None);
        _busy = false;
        await OnActed.InvokeAsync(answer.Problem);
    }

    private async Task EndBackgroundAsync()
    {
        if (!await Dialogs.AskAsync(T["EndBackground.Title", Row.HostName], T["EndBackground.Text"], T["EndBackground.Yes"]))
        {
            return;
        }

        _busy = true;
        var answer = await Tasks.EndBackgroundAsync(Row.Id, await CurrentActor.GetAsync(), idempotency: null, CancellationToken.None);
        _busy = false;
        await OnActed.InvokeAsync(answer.Problem);
    }

    private async Task ResolveAsync()
    {
        var id = Row.Id;
        var parameters = new DialogParameters<ResolveDialog>
        {
            { dialog => dialog.Row, Row },
            { dialog => dialog.Resolve, async (status, message) => (await Tasks.ResolveAsync(id, status, message, await CurrentActor.GetAsync(), CancellationToken.None)).Problem },
        };
        var shown = await Dialogs.ShowAsync<ResolveDialog>(Row.HostName, parameters);
        if (await shown.Result is { Canceled: false })
        {
            await OnActed.InvokeAsync(null);
        }
    }
}
