using Microsoft.AspNetCore.Components;
using TaskConsole.Console.Components.Status;
using TaskConsole.Core.Problems;
using TaskConsole.Core.Stories;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Console.Components.Stories;

/// <summary>What happened to one CommandHost, in order, below the answer to 'did it run?'; read again whenever it changes.</summary>
public sealed partial class StoryPanel
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(150);
    private IAsyncDisposable? _loop;
    private Guid _shown;
    private CommandHostDetail? _row;
    private Problem? _problem;

    [Parameter, EditorRequired]
    public Guid TaskId { get; set; }

    [Parameter, EditorRequired]
    public Guid CommandHostId { get; set; }

    [Inject]
    private TaskQueries Queries { get; set; } = null!;

    /// <inheritdoc />
    protected override async Task OnParametersSetAsync()
    {
        if (_shown == CommandHostId)
        {
            return;
        }

        _shown = CommandHostId;
        (_row, _problem) = (null, null);
        await UnfollowAsync(_loop);
        if (Stopping.IsCancellationRequested)
        {
            return;
        }

        // Watch before the first read: what changes between the two is told, not missed.
        var id = CommandHostId;
        _loop = Follow(Events.WatchTask(TaskId), Interval, (change, stopping) => change.Everything || change.CommandHosts.Contains(id) ? ReadAsync(id, stopping) : Task.CompletedTask);
        await ReadAsync(id, Stopping);
    }

    private async Task ReadAsync(Guid id, CancellationToken stopping)
    {
        var answer = await Queries.GetCommandHostAsync(id, await ActorAsync(), stopping);
        if (id == CommandHostId && answer.TryGet(out var row, out _problem))
        {
            _row = row;
        }
    }

    /// <summary>What an eye should find first: what goes wrong, and how it ended.</summary>
    private static string? LookOf(StoryEvent what, AttemptView? attempt) => what switch
    {
        StoryEvent.Ended when attempt is not null => $"ends {StatusLook.Of(attempt.Status).Css}",
        StoryEvent.Away or StoryEvent.GivenUp or StoryEvent.FoundAlive or StoryEvent.Late or StoryEvent.Corrected or StoryEvent.SetAside => "warns",
        StoryEvent.TermSent or StoryEvent.KillSent => "kills",
        StoryEvent.Ended or StoryEvent.Settled or StoryEvent.Resolved or StoryEvent.NotRetried => "ends",
        _ => null,
    };
}
