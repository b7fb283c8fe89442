using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using TaskConsole.Core.Outputs;
using TaskConsole.Core.Persistence;

namespace TaskConsole.Core.Results;

/// <summary>
/// The only way by which an agent's word reaches the store: folds events per attempt, commits them in groups,
/// then tells their origins, then publishes.
/// </summary>
/// <remarks>
/// Events gather while a group is being committed, so the group grows with the load and the cost of each event falls.
/// When the store is slow or gone nothing is acknowledged, the budget is spent, sessions wait, and agents keep what they
/// have. What every event hits is the store's fault and is tried again; an event that fails alone is held
/// (<see cref="HeldAttempts"/>) while the others go on.
/// </remarks>
public sealed partial class ResultPipeline : BackgroundService
{
    /// <summary>Events in the pipeline at most.</summary>
    private const int MaxEvents = 2_048;

    /// <summary>Bytes in the pipeline at most.</summary>
    private const long MaxBytes = 16 * 1024 * 1024;

    private readonly EventQueue _queue;
    private readonly EventGroup _group;
    private readonly HeldAttempts _held;
    private readonly ResultCommitter _committer;
    private readonly ResultMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger<ResultPipeline> _logger;
    private StoreOutage? _outage;
    private Task? _arrival;

    /// <summary>Events were committed in this round.</summary>
    private bool _committed;

    internal ResultPipeline(
        ResultCommitter committer,
        StoreProbe probe,
        ResultMetrics metrics,
        IntakeBudget budget,
        OutputOptions limits,
        TimeProvider time,
        ILogger<ResultPipeline> logger)
    {
        _queue = new EventQueue(budget, time);
        _group = new EventGroup(limits);
        _held = new HeldAttempts(CommitAsync, committer, probe.TryAsync, metrics, _queue, time, logger);
        _committer = committer;
        _metrics = metrics;
        _time = time;
        _logger = logger;
    }

    /// <summary>What the pipeline takes in at most.</summary>
    internal static IntakeBudget NewBudget() => new(MaxEvents, MaxBytes);

    /// <summary>Hands an event in; waits while the pipeline is full. Events of one attempt must be handed in in order.</summary>
    public ValueTask SubmitAsync(AttemptEvent attemptEvent, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(attemptEvent);
        _committer.See(attemptEvent);
        return _queue.SubmitAsync(attemptEvent, cancellationToken);
    }

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            if (_group.Events.Count == 0)
            {
                NoteOldest();
                await WaitAsync(stoppingToken);
            }

            _queue.Fill(_group, _held.Takes);
            NoteOldest();
            _committed = false;
            try
            {
                await CommitGroupAsync(stoppingToken);
                NoteOldest();
                await _held.RetryAsync(_group, stoppingToken);
                if (_committed)
                {
                    EndOutage();
                }
            }
            catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
            {
                await Task.Delay(BeginOutage(failure), _time, stoppingToken);
            }
        }
    }

    private void NoteOldest() =>
        _metrics.Oldest(Earlier(Earlier(_held.OldestArrival, _queue.OldestLeft), _group.Events.Count == 0 ? null : _group.Events.Min(queued => queued.Arrived)));

    /// <summary>Until there is something new, or something held is to be tried or asked for again.</summary>
    private async Task WaitAsync(CancellationToken cancellationToken)
    {
        _arrival = _arrival is { IsCompleted: false } ? _arrival : _queue.WaitAsync(cancellationToken);
        if (Earlier(_held.DueIn, _queue.ReadyIn) is { } wait)
        {
            using var arrived = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            await Task.WhenAny(_arrival, Task.Delay(TimeSpan.FromMilliseconds(Math.Ceiling(Math.Max(0, wait.TotalMilliseconds))), _time, arrived.Token));
            await arrived.CancelAsync();
            cancellationToken.ThrowIfCancellationRequested();
        }
        else
        {
            await _arrival;
        }
    }

    private static T? Earlier<T>(T? one, T? other)
        where T : struct, IComparable<T> => one is { } first && !(other?.CompareTo(first) < 0) ? one : other;

    private async Task CommitGroupAsync(CancellationToken cancellationToken)
    {
        if (_group.Events.Count == 0)
        {
            return;
        }

        try
        {
            await CommitAsync(_group.Events, cancellationToken);
        }
        catch (Exception failure) when (!StoreFailure.IsUnavailable(failure) && !cancellationToken.IsCancellationRequested)
        {
            await new PoisonSearch(CommitAsync, _held.Hold).SearchAsync(_group.Events, cancellationToken);
        }
        finally
        {
            _group.RemoveAll(queued => queued.Committed || _held.Contains(queued.Key));
        }
    }

    private async Task CommitAsync(IReadOnlyList<QueuedEvent> events, CancellationToken cancellationToken)
    {
        var began = _time.GetTimestamp();
        try
        {
            _held.Wrote(await _committer.CommitAsync([.. events.Select(queued => queued.Event)], cancellationToken));
        }
        catch
        {
            _metrics.Failed();
            throw;
        }

        _metrics.Committed(events.Count, events.Sum(queued => (long)queued.HeldBytes), _time.GetElapsedTime(began));
        _committed = true;
        foreach (var queued in events)
        {
            queued.Committed = true;
            _queue.Done(queued);
        }
    }

    private TimeSpan BeginOutage(Exception failure)
    {
        _outage ??= new StoreOutage(_time.GetTimestamp());
        if (_outage.IsNews(failure.GetBaseException().Message))
        {
            LogStoreUnavailable(_logger, failure.GetBaseException().Message);
        }

        return _outage.NextDelay();
    }

    private void EndOutage()
    {
        if (_outage is { } outage)
        {
            _outage = null;
            LogStoreBack(_logger, _time.GetElapsedTime(outage.Since).TotalSeconds);
        }
    }

    [LoggerMessage(LogLevel.Warning, "The store cannot be written, results wait and nothing is acknowledged: {Why}")]
    private static partial void LogStoreUnavailable(ILogger logger, string why);

    [LoggerMessage(LogLevel.Information, "The store takes results again, after {Seconds:0.0} s")]
    private static partial void LogStoreBack(ILogger logger, double seconds);
}
