using System.Security.Cryptography;
using Google.Protobuf;
using TaskConsole.Agent.Tests.Agents;
using TaskConsole.Agent.Tests.Hub;
using TaskConsole.Protocol.V1;

namespace TaskConsole.Agent.Tests;

public sealed class OutputTests
{
    private const int Head = 100_000;
    private const int Tail = 70_000;

    [Fact]
    public async Task A_flood_keeps_its_first_and_last_bytes_and_names_the_rest_as_omitted()
    {
        const int lines = 400_000, lineLength = 8;
        await using var fixture = await AgentFixture.StartAsync(Limited());
        var attempt = await fixture.ExecuteAsync($"for i in range({lines}): print('%07d' % i)", execute => execute.Interpreter[0] = "python3");
        var finished = await attempt.FinishedAsync();
        Assert.Equal(lines * lineLength, finished.StdoutBytes);
        var all = new byte[finished.StdoutBytes];
        foreach (var frame in attempt.Frames)
        {
            Assert.InRange(frame.Data.Length, 1, 64 * 1024);
            frame.Data.Span.CopyTo(all.AsSpan((int)frame.Offset));
        }

        var expected = System.Text.Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, lines).Select(i => $"{i:D7}\n")));
        Assert.True(expected.AsSpan(0, Head).SequenceEqual(all.AsSpan(0, Head)), "the head is whole");
        Assert.True(expected.AsSpan()[^Tail..].SequenceEqual(all.AsSpan()[^Tail..]), "the tail is whole");
        Assert.NotEmpty(attempt.Omissions);
        Assert.All(attempt.Omissions, omitted => Assert.InRange(omitted.To, Head + 1, finished.StdoutBytes - Tail));
        // Every byte was sent or named: Bytes looks for gaps.
        var sent = attempt.Bytes(OutputStream.Stdout).LongLength;
        Assert.InRange(sent, Head + Tail, finished.StdoutBytes - 1);
        Assert.Equal(finished.StdoutBytes - sent, attempt.Omissions.Sum(omitted => omitted.To - omitted.From));
    }

    [Fact]
    public async Task A_script_is_not_held_up_by_a_hub_that_acknowledges_nothing_and_the_window_holds()
    {
        var state = Limited();
        state.Acknowledges = false;
        await using var fixture = await AgentFixture.StartAsync(state);
        var attempt = await fixture.ExecuteAsync($"head -c 3000000 /dev/zero; echo end > {fixture.Data.Path}/ended");
        var folder = Path.Combine(fixture.Data.Path, "attempts", attempt.FolderName);
        await Eventually.TrueAsync(() => File.Exists(Path.Combine(folder, "end")), "the end record is there");
        Assert.True(File.Exists(Path.Combine(fixture.Data.Path, "ended")));
        await Eventually.TrueAsync(() => attempt.Frames.Sum(frame => frame.Data.Length) == 64 * 1024, "the window is full");
        Assert.Empty(attempt.AllFinished);
    }

    [Fact]
    public async Task What_the_hub_misses_is_sent_again_and_the_end_behind_it()
    {
        var state = new HubState { Acknowledges = false };
        await using var fixture = await AgentFixture.StartAsync(state);
        var attempt = await fixture.ExecuteAsync("echo hello world");
        await attempt.FinishedAsync();
        await fixture.SendAsync(new HubMessage { Resend = new Resend { Key = attempt.Key, Stream = OutputStream.Stdout, Offset = 6 } });
        await Eventually.TrueAsync(() => attempt.AllFinished.Count == 2, "the end came again");
        var again = attempt.Frames[^1];
        Assert.Equal((6, "world\n"), (again.Offset, again.Data.ToStringUtf8()));
    }

    [Fact]
    public async Task A_large_payload_comes_in_parts_and_a_broken_one_is_refused()
    {
        await using var fixture = await AgentFixture.StartAsync();
        var whole = new AttemptView(fixture.Hub.State, Guid.CreateVersion7());
        var broken = new AttemptView(fixture.Hub.State, Guid.CreateVersion7());
        await SendInPartsAsync(fixture, whole, 0);
        await SendInPartsAsync(fixture, broken, 1);
        await whole.FinishedAsync();
        Assert.Equal("1000000\n", whole.Stdout);
        Assert.Equal(Refused.Types.Cause.NotPossible, (await broken.RefusedAsync()).Cause);
        Assert.Empty(broken.AllStarted);
    }

    private static async Task SendInPartsAsync(AgentFixture fixture, AttemptView attempt, int leftOut)
    {
        const int part = 200_000;
        var payload = new Payload { Script = ByteString.CopyFromUtf8("import os\nprint(sum(len(os.environ['P%d' % i]) for i in range(20)))") };
        for (var i = 0; i < 20; i++)
            payload.Environment[$"P{i}"] = new string((char)('a' + i), 50_000);
        var bytes = payload.ToByteArray();
        var parts = bytes.Chunk(part).ToList();
        for (var index = 0; index < parts.Count - leftOut; index++)
        {
            await fixture.SendAsync(new HubMessage
            {
                ExecutePart = new ExecutePart { Key = attempt.Key, Index = (uint)index, Data = ByteString.CopyFrom(parts[index]) },
            });
        }

        await fixture.SendAsync(new HubMessage
        {
            Execute = AgentFixture.MakeExecute(attempt, "", execute =>
            {
                execute.Interpreter[0] = "/usr/bin/python3";
                execute.Payload = null;
                execute.PayloadParts = (uint)parts.Count;
                execute.PayloadSha256 = ByteString.CopyFrom(SHA256.HashData(bytes));
            }),
        });
    }

    private static HubState Limited()
    {
        var state = new HubState();
        state.OutputHeadBytes = Head;
        state.OutputTailBytes = Tail;
        state.Settings.OutputWindowBytes = 64 * 1024;
        return state;
    }
}
