using TaskConsole.Core.Outputs;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Core.Tests.Model;

/// <summary>A host of the model.</summary>
internal sealed class ModelHost
{
    public bool Connected { get; set; } = true;

    public bool Draining { get; set; }

    public DateTimeOffset ConnectedAt { get; set; }

    public DateTimeOffset DisconnectedAt { get; set; }
}

/// <summary>A CommandHost of the model.</summary>
internal sealed class ModelRow
{
    private readonly Dictionary<int, ModelTry> _tries = [];

    public required ModelHost Host { get; init; }

    public required int Command { get; init; }

    public CommandHostStatus Status { get; set; }

    public Reason? Reason { get; set; }

    public int Attempt { get; set; } = 1;

    /// <summary>From when it may be sent; null: an earlier command has not ended.</summary>
    public DateTimeOffset? ReadyAt { get; set; }

    public DateTimeOffset? DispatchedAt { get; set; }

    public DateTimeOffset? StartedAt { get; set; }

    public DateTimeOffset AwaySince { get; set; }

    public bool CancelRequested { get; set; }

    /// <summary>What the attempt before the one that waits came to.</summary>
    public (CommandHostStatus Status, Reason? Reason) Failed { get; set; }

    public bool WaitsForRetry => Status == CommandHostStatus.Pending && Attempt > 1;

    /// <summary>Given up, and its agent may hold it all the same.</summary>
    public bool Held { get; set; }

    /// <summary>Held, and no journal has told whether it ever arrived.</summary>
    public bool Unknown { get; set; }

    public bool Cancelable => Held && (!Unknown || Reason == Core.Tasks.Reason.ServerDeadline);

    public IEnumerable<KeyValuePair<int, ModelTry>> Tries => _tries;

    public bool WasSent(int attempt) => attempt >= 1 && (attempt < Attempt || (attempt == Attempt && DispatchedAt is not null));

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
