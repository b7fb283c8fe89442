using System.Globalization;
using Microsoft.AspNetCore.Components;
using TaskConsole.Core.Outputs;
using TaskConsole.Core.Problems;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Console.Components.Output;

/// <summary>One CommandHost: its output, live while it runs and the same when it has ended, or its story.</summary>
public sealed partial class OutputPane
{
    /// <summary>Value of <see cref="Pane"/> for the story.</summary>
    internal const string Story = "story";

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);
    private readonly List<int> _hits = [];
    private OutputFeed? _feed;
    private IAsyncDisposable? _loop;
    private LogView? _view;
    private (Guid Id, int Attempt) _shown;
    private int? _chosenAttempt;
    private int _attempts = 1;
    private bool _follow = true;
    private bool _wrap;
    private bool _finding;
    private string? _find;
    private int _searched;
    private int _droppedThen;
    private int _hitAt;
    private Problem? _problem;

    [Parameter, EditorRequired]
    public Guid TaskId { get; set; }

    [Parameter, EditorRequired]
    public OpsTaskStatus TaskStatus { get; set; }

    /// <summary>The row whose output is shown.</summary>
    [Parameter, EditorRequired]
    public CommandHostView Shown { get; set; } = null!;

    [Parameter, EditorRequired]
    public IReadOnlyList<CommandView> Commands { get; set; } = [];

    /// <summary>What is shown of it: the output, or <see cref="Story"/>.</summary>
    [Parameter]
    public string? Pane { get; set; }

    /// <summary>Address of the page with another pane.</summary>
    [Parameter, EditorRequired]
    public Func<string?, string> AddressOf { get; set; } = null!;

    [Inject]
    private OutputReader Reader { get; set; } = null!;

    private bool ShowsStory => Pane == Story;

    private int Attempt => _chosenAttempt ?? Shown.Attempt;

    private string FileName => string.Create(CultureInfo.InvariantCulture, $"{Shown.HostName}-{Shown.CommandIndex + 1}-{Attempt}.log");

    /// <inheritdoc />
    protected override async Task OnParametersSetAsync()
    {
        if (_shown.Id != Shown.Id)
        {
            (_chosenAttempt, _problem) = (null, null);
        }

        _attempts = Shown.Attempt;
        if (_shown != (Shown.Id, Attempt))
        {
            await OpenAsync();
        }
    }

    private async Task OpenAsync()
    {
        _shown = (Shown.Id, Attempt);
        _follow = true;
        Forget();
        var feed = _feed = new OutputFeed(Reader, Shown.Id, Math.Max(1, Attempt), await ActorAsync());
        await UnfollowAsync(_loop);
        if (!ReferenceEquals(feed, _feed) || Stopping.IsCancellationRequested)
        {
            return;
        }

        // Watch before the first read: what is committed between the two is told, not missed.
        _loop = Follow(Events.WatchOutput(Shown.Id), Interval, (_, stopping) => feed.ReadOnAsync(() => Progressed(feed), stopping));
        await feed.ReadOnAsync(() => Progressed(feed), Stopping);
    }

    private void Progressed(OutputFeed feed)
    {
        if (ReferenceEquals(feed, _feed))
        {
            SearchOn();
            StateHasChanged();
        }
    }

    private Task ChooseAttempt(ChangeEventArgs change)
    {
        _chosenAttempt = int.TryParse(change.Value?.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var attempt) && attempt != Shown.Attempt ? attempt : null;
        return OpenAsync();
    }

    private string Nothing(OutputFeed feed) => (feed.Complete, Shown.Status) switch
    {
        (_, CommandHostStatus.Pending) => "Output.NotSent",
        (_, CommandHostStatus.Skipped or CommandHostStatus.DispatchFailed) => "Output.NeverRan",
        (true, _) => "Output.Nothing",
        _ when Shown.Status.IsTerminal() => "Output.Nothing",
        _ => "Output.WaitsForLine",
    };

    private void ToggleFind()
    {
        _finding = !_finding;
        Forget();
        SearchOn();
    }

    private Task FindAsync(string? text)
    {
        _find = text;
        Forget();
        SearchOn();
        return StepAsync(0);
    }

    private async Task StepAsync(int step)
    {
        if (_hits.Count > 0)
        {
            _hitAt = (_hitAt + step + _hits.Count) % _hits.Count;
            _follow = false;
            if (_view is not null)
            {
                await _view.ShowLineAsync(_hits[_hitAt]);
            }
        }
    }

    private void Forget()
    {
        _hits.Clear();
        _searched = 0;
        _hitAt = 0;
    }

    /// <summary>Looks through the lines that came since, but for the last ones, which may still be written to.</summary>
    private void SearchOn()
    {
        if (!_finding || string.IsNullOrEmpty(_find) || _feed?.Document is not { } document)
        {
            return;
        }

        if (document.Dropped != _droppedThen)
        {
            _droppedThen = document.Dropped;
            Forget();
        }

        for (; _searched < document.Count; _searched++)
        {
            if (document[_searched].Text.Contains(_find, StringComparison.OrdinalIgnoreCase))
            {
                _hits.Add(_searched);
            }
        }
    }
}
