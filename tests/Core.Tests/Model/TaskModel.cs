using TaskConsole.Core.Outputs;
using TaskConsole.Core.Tasks;
using static TaskConsole.Core.Tasks.CommandHostStatus;

namespace TaskConsole.Core.Tests.Model;

/// <summary>What docs/architecture.md and the contract say of one task, told a second time in a page, without a store.</summary>
internal sealed class TaskModel
{
    private readonly IReadOnlyList<(OnFailure OnFailure, int Retries)> _commands;
    private readonly OfflineHosts _offlineHosts;
    private bool _dispatched;

    public TaskModel(IReadOnlyList<(OnFailure OnFailure, int Retries)> commands, int hosts, OfflineHosts offlineHosts)
    {
        (_commands, _offlineHosts) = (commands, offlineHosts);
        Rows = [.. Enumerable.Range(0, hosts).SelectMany(host => Enumerable.Range(0, commands.Count).Select(command => new ModelRow { Host = host, Command = command, Ready = command == 0 }))];
        Connected = [.. Enumerable.Repeat(true, hosts)];
    }

    public IReadOnlyList<ModelRow> Rows { get; }

    public bool[] Connected { get; }

    public bool Canceled { get; private set; }

    public bool Stopped { get; private set; }

    public OpsTaskStatus Status { get; private set; } = OpsTaskStatus.Queued;

    public IReadOnlyList<ModelRow> Dispatch()
    {
        var sent = Stopped || Canceled ? [] : Rows.Where(row => row.Status == Pending && row.Ready && Connected[row.Host] && !Rows.Any(other => other.Host == row.Host && other.FoundAlive)).ToList();
        sent.ForEach(row => (row.Status, row.Sent) = (Dispatched, true));
        _dispatched |= sent.Count > 0;
        Settle();
        return sent;
    }

    public void Started(ModelRow row, int attempt)
    {
        if (attempt == row.Attempt && !row.Started && row.Status is Dispatched or Unreachable)
        {
            (row.Status, row.Started) = (Running, true);
        }
    }

    public void Finished(ModelRow row, int attempt, CommandHostStatus status, Reason? reason, long[] produced)
    {
        var taken = row.Try(attempt);
        (taken.Offered[1], taken.Offered[2]) = (Math.Max(taken.Offered[1], produced[1]), Math.Max(taken.Offered[2], produced[2]));
        if (taken.Ended || taken.Position[1] < produced[1] || taken.Position[2] < produced[2])
        {
            return;
        }

        (taken.Ended, taken.Produced) = (true, produced);
        row.FoundAlive &= attempt != row.Attempt;
        row.Unknown &= attempt != row.Attempt;
        if (attempt == row.Attempt && !row.Status.IsTerminal())
        {
            if (StateTable.MayRetry(status, reason) && attempt <= _commands[row.Command].Retries && !row.CancelRequested && !Canceled && !Stopped)
            {
                (row.Status, row.Attempt, row.Sent, row.Started, row.Ready, row.Failed) = (Pending, attempt + 1, false, false, true, (status, reason));
            }
            else
            {
                End(row, status, reason);
            }
        }
        else if (attempt == row.Attempt && row is { Status: Failed, Reason: Reason.AgentLost } && (status is not DispatchFailed || reason == Reason.Refused))
        {
            (row.Status, row.Reason) = (status, reason);
        }

        Settle();
    }

    public bool Cancel(int? host)
    {
        if (Status.IsTerminal())
        {
            var alive = Rows.Where(row => row.FoundAlive && (host is null || row.Host == host)).ToList();
            alive.ForEach(row => row.CancelRequested = true);
            return alive.Count > 0
                || (host is null ? Canceled : Rows.Any(row => row.Host == host && (row.CancelRequested || row.Status == CommandHostStatus.Canceled)));
        }

        Canceled |= host is null;
        foreach (var row in Rows.Where(row => host is null || row.Host == host).Reverse())
        {
            if (row.Status == Pending)
            {
                row.CancelRequested = row.WaitsForRetry;
                End(row, CommandHostStatus.Canceled, Reason.CanceledByUser);
            }

            row.CancelRequested |= row.Status.IsActive() || row.FoundAlive;
        }

        Settle();
        return true;
    }

    public void Disconnect(int host)
    {
        Connected[host] = false;
        Rows.Where(row => row.Host == host && row.Status.IsActive()).ToList().ForEach(row => row.Status = Unreachable);
    }

    /// <param name="host">Whose.</param>
    /// <param name="journal">Rows that it has with their current attempt, and whether it was started.</param>
    /// <param name="sameJournal">Whether it can be trusted about what it lacks.</param>
    public void Hello(int host, IReadOnlyDictionary<ModelRow, bool> journal, bool sameJournal)
    {
        Connected[host] = true;
        foreach (var row in Rows.Where(row => row.Host == host && row.Status.IsTerminal()))
        {
            row.FoundAlive = journal.ContainsKey(row) && row.WasSent(row.Attempt) && !row.Try(row.Attempt).Ended;
            if (row.Unknown && !row.FoundAlive && sameJournal)
            {
                (row.Status, row.Reason) = (DispatchFailed, Reason.AgentOffline);
            }

            row.Unknown = false;
        }

        foreach (var row in Rows.Where(row => row.Host == host && row.Status.IsActive()).ToList())
        {
            var known = journal.TryGetValue(row, out var started) && !row.Try(row.Attempt).Ended;
            if (!known && (row.Started || !sameJournal))
            {
                End(row, Failed, Reason.AgentLost);
                continue;
            }

            row.Started |= known && started;
            row.Status = row.Started ? Running : Dispatched;
        }

        Settle();
    }

    /// <summary>Long after: everybody who is away is judged.</summary>
    public void Sweep()
    {
        if (!Status.IsTerminal())
        {
            foreach (var row in Rows.Where(row => row.Status == Pending && row.Ready && !Connected[row.Host]).ToList())
            {
                End(row, _offlineHosts == OfflineHosts.Skip ? Skipped : DispatchFailed, _offlineHosts == OfflineHosts.Skip ? Reason.HostOffline : Reason.AgentOffline);
            }

            Settle();
            foreach (var row in Rows.Where(row => row.Status == Unreachable).ToList())
            {
                End(row, Failed, Reason.AgentLost);
                row.Unknown = !row.Started;
            }

            Settle();
        }
    }

    private void End(ModelRow row, CommandHostStatus status, Reason? reason)
    {
        // What had failed and waited for its retry stays failed.
        if (row.WaitsForRetry)
        {
            ((status, reason), row.Attempt, row.Sent, row.Started) = (row.Failed, row.Attempt - 1, true, true);
        }

        (row.Status, row.Reason) = (status, reason);
        var later = Rows.Where(other => other.Host == row.Host && other.Command > row.Command && other.Status == Pending).ToList();
        if (status == Succeeded || (_commands[row.Command].OnFailure == OnFailure.Continue && status != Skipped))
        {
            later.Take(1).ToList().ForEach(next => next.Ready = true);
            return;
        }

        var why = status == Skipped ? reason : Stopped ? Reason.RolloutStopped : Reason.EarlierCommandFailed;
        later.ForEach(next => (next.Status, next.Reason) = (Skipped, why));
        Stopped |= _commands[row.Command].OnFailure == OnFailure.StopTask && status != Skipped;
    }

    private void Settle()
    {
        Rows.Where(row => Stopped && row.WaitsForRetry).ToList().ForEach(row => End(row, Skipped, Reason.RolloutStopped));
        Rows.Where(row => Stopped && row.Status == Pending).ToList().ForEach(row => (row.Status, row.Reason) = (Skipped, Reason.RolloutStopped));
        if (!Rows.All(row => row.Status.IsTerminal()))
        {
            Status = _dispatched ? OpsTaskStatus.Running : OpsTaskStatus.Queued;
        }
        else if (Canceled && Rows.Any(row => row.Status != Succeeded))
        {
            Status = OpsTaskStatus.Canceled;
        }
        else
        {
            Status = Rows.All(row => row.Status == Succeeded || row is { Status: Skipped, Reason: Reason.HostOffline or Reason.HostDraining }) ? OpsTaskStatus.Completed : OpsTaskStatus.Failed;
        }
    }
}

/// <summary>A CommandHost of the model.</summary>
internal sealed class ModelRow
{
    private readonly Dictionary<int, ModelTry> _tries = [];

    public required int Host { get; init; }

    public required int Command { get; init; }

    public CommandHostStatus Status { get; set; }

    public Reason? Reason { get; set; }

    public int Attempt { get; set; } = 1;

    /// <summary>What the attempt before the one that waits came to.</summary>
    public (CommandHostStatus Status, Reason? Reason) Failed { get; set; }

    public bool WaitsForRetry => Status == Pending && Attempt > 1;

    public bool Ready { get; set; }

    public bool Sent { get; set; }

    public bool Started { get; set; }

    public bool CancelRequested { get; set; }

    /// <summary>Given up, and no journal has told whether it ever arrived.</summary>
    public bool Unknown { get; set; }

    /// <summary>Given up, and in the journal of its agent all the same.</summary>
    public bool FoundAlive { get; set; }

    public IEnumerable<KeyValuePair<int, ModelTry>> Tries => _tries;

    public bool WasSent(int attempt) => attempt >= 1 && (attempt < Attempt || (attempt == Attempt && Sent));

    public ModelTry Try(int attempt) => _tries.TryGetValue(attempt, out var known) ? known : _tries[attempt] = new ModelTry();
}

/// <summary>An attempt of the model; arrays are by the number of the stream.</summary>
internal sealed class ModelTry
{
    public long[] Position { get; } = new long[3];

    public long[] Produced { get; set; } = new long[3];

    public List<(OutputStream Stream, long From, long To)> Omitted { get; } = [];

    public bool Ended { get; set; }

    /// <summary>Last byte that was ever told of, taken or not: the script cannot have produced less.</summary>
    public long[] Offered { get; } = new long[3];

    public void Output(OutputStream stream, long offset, long length, bool omitted)
    {
        ref var position = ref Position[(int)stream];
        if (Ended || offset + length <= position)
        {
            return;
        }

        Offered[(int)stream] = Math.Max(Offered[(int)stream], offset + length);
        if (offset > position)
        {
            return;
        }

        if (omitted)
        {
            Omitted.Add((stream, position, offset + length));
        }

        position = offset + length;
    }
}
