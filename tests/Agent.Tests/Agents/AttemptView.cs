using System.Text;
using Google.Protobuf;
using TaskConsole.Agent.Tests.Hub;
using TaskConsole.Protocol.V1;

namespace TaskConsole.Agent.Tests.Agents;

/// <summary>One attempt as the hub has seen it, over all sessions.</summary>
public sealed class AttemptView(HubState hub, Guid commandHostId, uint attempt = 1)
{
    public Guid CommandHostId => commandHostId;

    public HubState Hub => hub;

    public AttemptKey Key { get; } = new()
    {
        CommandHostId = ByteString.CopyFrom(commandHostId.ToByteArray(bigEndian: true)),
        Attempt = attempt,
    };

    public string FolderName => $"{commandHostId:D}-{attempt}";

    public IEnumerable<AgentMessage> Messages => hub.Sessions.SelectMany(session => session.Received);

    public IReadOnlyList<Started> AllStarted => [.. Messages.Where(m => m.Started?.Key.Equals(Key) == true).Select(m => m.Started)];

    public IReadOnlyList<Finished> AllFinished => [.. Messages.Where(m => m.Finished?.Key.Equals(Key) == true).Select(m => m.Finished)];

    public IReadOnlyList<Refused> AllRefused => [.. Messages.Where(m => m.Refused?.Key.Equals(Key) == true).Select(m => m.Refused)];

    public IReadOnlyList<OutputFrame> Frames => [.. Messages.Where(m => m.Output?.Key.Equals(Key) == true).Select(m => m.Output)];

    public IReadOnlyList<OutputOmitted> Omissions => [.. Messages.Where(m => m.Omitted?.Key.Equals(Key) == true).Select(m => m.Omitted)];

    public Task<Started> StartedAsync() => Eventually.SomethingAsync(() => AllStarted is [var first, ..] ? first : null, "started");

    public Task<Finished> FinishedAsync(TimeSpan? most = null) => Eventually.SomethingAsync(() => AllFinished is [var first, ..] ? first : null, "finished", most);

    public Task<Refused> RefusedAsync() => Eventually.SomethingAsync(() => AllRefused is [var first, ..] ? first : null, "refused");

    public string Stdout => Encoding.UTF8.GetString(Bytes(OutputStream.Stdout));

    public string Stderr => Encoding.UTF8.GetString(Bytes(OutputStream.Stderr));

    /// <summary>What came of a stream, each byte at its offset; fails when a byte is neither there nor omitted.</summary>
    public byte[] Bytes(OutputStream stream)
    {
        var omitted = Omissions.Where(o => o.Stream == stream).OrderBy(o => o.From).ToList();
        using var bytes = new MemoryStream();
        long expected = 0;
        foreach (var frame in Frames.Where(f => f.Stream == stream).OrderBy(f => f.Offset))
        {
            if (frame.Offset < expected)
                continue;
            foreach (var omission in omitted)
                expected = omission.From <= expected ? Math.Max(expected, Math.Min(omission.To, frame.Offset)) : expected;
            Assert.Equal(expected, frame.Offset);
            frame.Data.WriteTo(bytes);
            expected = frame.Offset + frame.Data.Length;
        }

        return bytes.ToArray();
    }
}
