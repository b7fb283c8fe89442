using System.Text;
using TaskConsole.Core.Outputs;
using TaskConsole.Core.Results;
using TaskConsole.Core.Tasks;
using TaskConsole.Core.Tests.Persistence;

namespace TaskConsole.Core.Tests.Outputs;

/// <summary>What tests of one attempt's output do: start it, make its frames, read it.</summary>
public abstract class OutputCase(TestDatabase database) : EngineTests(database)
{
    /// <summary>A task of one script on one host, sent to it.</summary>
    internal async Task<(TestAgent Agent, AttemptKey Key)> DispatchedAsync()
    {
        var agent = await Engine.AddHostAsync("a");
        var rows = await DispatchedAsync(Spec("1"));
        return (agent, Key(rows[0]));
    }

    /// <summary>A task of one script on one host, started.</summary>
    internal async Task<(TestAgent Agent, AttemptKey Key)> RunningAsync()
    {
        var (agent, key) = await DispatchedAsync();
        await agent.StartedAsync(key);
        await Engine.FlushAsync();
        return (agent, key);
    }

    /// <summary>A frame, or the omission of one byte where there is no content.</summary>
    internal static AttemptOutput Frame(TestAgent agent, AttemptKey key, OutputStream stream, long offset, byte[]? content, long order) =>
        new(key, agent.HostId, agent.Epoch, agent)
        {
            Stream = stream,
            Offset = offset,
            Length = content?.Length ?? 1,
            Order = order,
            Content = content is null ? (ReadOnlyMemory<byte>?)null : content,
        };

    protected async Task<CommandHostView> ViewAsync(AttemptKey key) =>
        (await Engine.Queries.GetCommandHostAsync(key.CommandHostId, TestEngine.Me, Cancel)).Value;

    protected async Task<OutputSlice> ReadAsync(AttemptKey key, OutputSelection selection, OutputCursor cursor, int maxBytes = 1_000_000) =>
        (await Engine.Outputs.ReadAsync(key.CommandHostId, key.Attempt, selection, cursor, maxBytes, TestEngine.Me, Cancel)).Value;

    protected async Task<OutputContent> OpenAsync(AttemptKey key, OutputSelection selection, OutputCursor from) =>
        (await Engine.Outputs.OpenAsync(key.CommandHostId, key.Attempt, selection, from, TestEngine.Me, Cancel)).Value;

    /// <summary>The bytes of all that is there, and that nothing of it was left out.</summary>
    protected async Task<byte[]> ReadAllAsync(AttemptKey key, OutputSelection selection, OutputCursor from)
    {
        var bytes = new List<byte>();
        await foreach (var chunk in (await OpenAsync(key, selection, from)).Chunks)
        {
            Assert.False(chunk.Omitted);
            bytes.AddRange(chunk.Content.ToArray());
        }

        return [.. bytes];
    }

    protected static byte[] Bytes(OutputSlice slice) => [.. slice.Chunks.SelectMany(chunk => chunk.Content.ToArray())];

    protected static string Text(OutputSlice slice) => Encoding.UTF8.GetString(Bytes(slice));
}
