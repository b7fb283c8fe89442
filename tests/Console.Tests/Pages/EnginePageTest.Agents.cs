using System.Collections.Concurrent;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using TaskConsole.Core.Dispatch;
using TaskConsole.Core.Hosts;
using TaskConsole.Core.Outputs;
using TaskConsole.Core.Results;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Console.Tests.Pages;

/// <content>What the agents say.</content>
public abstract partial class EnginePageTest : IAttemptEventOrigin
{
    private static readonly HostFactsReport Facts = new("debian", "13", "6.12", "x64", 2, 1 << 30, "0.1.0", new Dictionary<string, string>(StringComparer.Ordinal));
    private readonly Agents _agents = new();
    private readonly Dictionary<Guid, long> _epochs = [];
    private readonly Dictionary<Guid, byte[]> _journals = [];
    private long _sequence = 1;

    private ResultPipeline Pipeline => Services.GetRequiredService<ResultPipeline>();

    /// <summary>Attempts whose cancel went to an agent.</summary>
    protected IEnumerable<AttemptKey> Canceled => _agents.Cancels.Select(order => order.Key);

    /// <summary>Attempts whose background an agent was to end.</summary>
    protected IEnumerable<AttemptKey> BackgroundsToEnd => _agents.EndBackgrounds.Select(order => order.Key);

    /// <summary>The agent says that what an attempt left in the background has ended.</summary>
    protected ValueTask BackgroundEndedAsync(ExecuteOrder order, long dropped, int killed) => Pipeline.SubmitAsync(
        new AttemptBackgroundEnded(order.Key, order.HostId, _epochs[order.HostId], this) { EndedAt = Now, DroppedBytes = dropped, Killed = killed },
        CancellationToken.None);

    /// <summary>The agent's heartbeat comes.</summary>
    protected void Heartbeat(Guid hostId, HostLoad load) => Sessions.Heartbeat(hostId, _epochs[hostId], load, _sequence);

    /// <summary>The agent connects, with these attempts in its journal and no others.</summary>
    protected async Task HelloAsync(Guid hostId, params JournalEntryReport[] attempts)
    {
        if (!_journals.TryGetValue(hostId, out var journal))
        {
            _journals.Add(hostId, journal = Guid.NewGuid().ToByteArray());
        }

        var opening = await Sessions.OpenAsync(
            new HelloReport
            {
                HostId = hostId,
                SaidAt = Now,
                BootId = "boot",
                JournalId = journal,
                JournalSequence = ++_sequence,
                Attempts = attempts,
                Facts = Facts,
                Load = new HostLoad(0.25, 0.5, 0.75, 1L << 33, 0),
                Address = "192.0.2.7",
            },
            CancellationToken.None);
        _epochs[hostId] = Assert.IsType<HelloAnswer.Opened>(opening).Opening.SessionEpoch;
    }

    /// <summary>The agent's stream breaks.</summary>
    protected ValueTask ByeAsync(Guid hostId) => Sessions.CloseAsync(hostId, _epochs[hostId], CancellationToken.None);

    /// <summary>As it stands in the journal while it runs.</summary>
    protected JournalEntryReport Journaled(ExecuteOrder order) => new(order.Key, JournalState.Running, _sequence, Now);

    /// <summary>Waits until the store has it so.</summary>
    protected async Task UntilAsync(ExecuteOrder order, CommandHostStatus status)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while ((await Queries.GetCommandHostAsync(order.Key.CommandHostId, Me, deadline.Token)).Value.Status != status)
        {
            await Task.Delay(20, deadline.Token);
        }
    }

    /// <summary>The agent comes back without what it was running: given up, and nobody knows how it ended.</summary>
    protected async Task LoseAsync(ExecuteOrder order)
    {
        await UntilAsync(order, CommandHostStatus.Running);
        await ByeAsync(order.HostId);
        await HelloAsync(order.HostId);
    }

    /// <summary>The next order that went to an agent.</summary>
    protected async Task<ExecuteOrder> NextOrderAsync()
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (true)
        {
            if (_agents.Executes.TryDequeue(out var order))
            {
                return order;
            }

            await Task.Delay(20, deadline.Token);
        }
    }

    protected ValueTask StartedAsync(ExecuteOrder order) => Pipeline.SubmitAsync(
        new AttemptStarted(order.Key, order.HostId, _epochs[order.HostId], this) { JournalSequence = ++_sequence, ClaimedAt = Now, StartedAt = Now },
        CancellationToken.None);

    protected ValueTask OutputAsync(ExecuteOrder order, long offset, string text, OutputStream stream = OutputStream.Stdout) => Pipeline.SubmitAsync(
        new AttemptOutput(order.Key, order.HostId, _epochs[order.HostId], this)
        {
            Stream = stream,
            Offset = offset,
            Length = Encoding.UTF8.GetByteCount(text),
            Order = ++_sequence,
            Content = Encoding.UTF8.GetBytes(text),
        },
        CancellationToken.None);

    protected ValueTask FinishedAsync(ExecuteOrder order, int exitCode = 0, long stdout = 0, long stderr = 0) =>
        EndedAsync(order, end => end with { ExitCode = exitCode, StdoutBytes = stdout, StderrBytes = stderr });

    /// <summary>The agent says that it ended.</summary>
    protected ValueTask EndedAsync(ExecuteOrder order, Func<AttemptFinished, AttemptFinished> how) => Pipeline.SubmitAsync(
        how(new AttemptFinished(order.Key, order.HostId, _epochs[order.HostId], this)
        {
            Outcome = AttemptOutcome.Exited,
            JournalSequence = ++_sequence,
            ClaimedAt = Now,
            StartedAt = Now,
            FinishedAt = Now,
            DurationMs = 1234,
        }),
        CancellationToken.None);

    protected static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    void IAttemptEventOrigin.OutputCommitted(AttemptKey key, OutputStream stream, long offset)
    {
    }

    void IAttemptEventOrigin.EndCommitted(AttemptKey key)
    {
    }

    void IAttemptEventOrigin.BackgroundCommitted(AttemptKey key)
    {
    }

    void IAttemptEventOrigin.ResendNeeded(AttemptKey key, OutputStream stream, long offset)
    {
    }

    void IAttemptEventOrigin.Refused(AttemptKey key, string why)
    {
    }

    private sealed class Agents : IAgentGateway
    {
        public ConcurrentQueue<ExecuteOrder> Executes { get; } = new();

        public ConcurrentQueue<CancelOrder> Cancels { get; } = new();

        public bool TryExecute(ExecuteOrder order)
        {
            Executes.Enqueue(order);
            return true;
        }

        public bool TryCancel(CancelOrder order)
        {
            Cancels.Enqueue(order);
            return true;
        }

        public ConcurrentQueue<EndBackgroundOrder> EndBackgrounds { get; } = new();

        public bool IsConnected(Guid hostId) => true;

        public bool TryEndBackground(EndBackgroundOrder order)
        {
            EndBackgrounds.Enqueue(order);
            return true;
        }

        public void Reconcile(Guid hostId)
        {
        }

        public void Disconnect(Guid hostId)
        {
        }
    }
}
