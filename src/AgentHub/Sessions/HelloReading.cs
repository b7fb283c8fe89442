using TaskConsole.AgentHub.Protocol;
using TaskConsole.Core.Hosts;
using TaskConsole.Core.Results;
using Wire = TaskConsole.Protocol.V1;

namespace TaskConsole.AgentHub.Sessions;

/// <summary>Reads a hello into what the store takes; refuses one that breaks the contract.</summary>
internal static class HelloReading
{
    private const int MaxAttempts = 4_096;
    private const int MaxBootId = 64;
    private const int PlaceIdBytes = 16;

    /// <summary>Throws INVALID_ARGUMENT when something in it is not as the contract says.</summary>
    public static Guid ReadAgentId(Wire.Hello hello)
    {
        Demand(hello, Ids.TryRead(hello.AgentId, out var agentId), "agent_id must be 16 bytes");
        Demand(hello, hello.AgentNonce.Length == 32, "agent_nonce must be 32 bytes");
        Demand(hello, hello.JournalId.Length == 16, "journal_id must be 16 bytes");
        Demand(hello, hello.BootId.Length is > 0 and <= MaxBootId, "boot_id must have 1 to 64 characters");
        Demand(hello, Plausible.IsSequence(hello.JournalSequence), "journal_sequence is too large");
        Demand(hello, hello.Attempts.Count <= MaxAttempts, "at most 4,096 attempts");
        Demand(hello, hello.PlaceId.Length is 0 or PlaceIdBytes, "place_id must be 16 bytes");
        Demand(hello, Plausible.IsTime(hello.AgentTimeMs), "agent_time_ms is no time");
        return agentId;
    }

    /// <summary>Throws INVALID_ARGUMENT when something in it is not as the contract says.</summary>
    public static HelloReport Read(Wire.Hello hello, Guid hostId, AgentClock clock, DateTimeOffset saidAt, string address)
    {
        var attempts = new List<JournalEntryReport>(hello.Attempts.Count);
        HashSet<AttemptKey> seen = [];
        foreach (var entry in hello.Attempts)
        {
            var report = ReadEntry(hello, entry, clock);
            Demand(hello, seen.Add(report.Key), "an attempt is named twice");
            attempts.Add(report);
        }

        return new HelloReport
        {
            HostId = hostId,
            SaidAt = saidAt,
            BootId = Texts.Clean(hello.BootId, MaxBootId),
            JournalId = hello.JournalId.ToByteArray(),
            JournalSequence = (long)hello.JournalSequence,
            Attempts = attempts,
            Facts = Facts.Read(hello.Facts),
            Load = Facts.Read(hello.Load),
            Address = address,
            LastEpoch = hello.HasLastEpoch ? hello.LastEpoch : null,
            PlaceId = hello.PlaceId.Length == 0 ? null : hello.PlaceId.ToByteArray(),
        };
    }

    private static JournalEntryReport ReadEntry(Wire.Hello hello, Wire.JournalEntry entry, AgentClock clock)
    {
        Demand(hello, Ids.TryRead(entry.Key, out var key), "an attempt has no key");
        Demand(hello, Plausible.IsSequence(entry.JournalSequence), "a journal_sequence is too large");
        Demand(hello, Plausible.IsTime(entry.StartedAtMs), "a started_at_ms is no time");
        JournalState? state = entry.State switch
        {
            Wire.JournalEntry.Types.State.Claimed => JournalState.Claimed,
            Wire.JournalEntry.Types.State.Running => JournalState.Running,
            Wire.JournalEntry.Types.State.Ended => JournalState.Ended,
            _ => null,
        };
        Demand(hello, state is not null, "an attempt has no state");
        return new JournalEntryReport(key, state!.Value, (long)entry.JournalSequence, entry.StartedAtMs == 0 ? null : clock.ToHub(entry.StartedAtMs));
    }

    private static void Demand(Wire.Hello hello, bool holds, string sentence)
    {
        if (!holds)
        {
            throw Refusals.Invalid($"The hello of '{Texts.ForLog(hello.Name)}' breaks the contract: {sentence}.");
        }
    }
}
