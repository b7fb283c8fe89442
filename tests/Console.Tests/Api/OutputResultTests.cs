using System.Text;
using Microsoft.AspNetCore.Http;
using TaskConsole.Console.Api.Outputs;
using TaskConsole.Core.Outputs;

namespace TaskConsole.Console.Tests.Api;

/// <summary>What <c>GET /command-hosts/{id}/output</c> writes.</summary>
public sealed class OutputResultTests
{
    [Fact]
    public async Task It_writes_what_is_kept_with_a_marker_where_bytes_were_left_out()
    {
        var (headers, body) = await WriteAsync(OutputSelection.Stdout, goesOn: false, Kept(0, "head"), Omitted(4, 1_234), Kept(1_238, "tail"));
        Assert.Equal("head\n[… 1,234 bytes omitted …]\ntail", body);
        Assert.Equal(("0", "77", "true"), headers);
    }

    [Fact]
    public async Task Who_goes_on_reading_is_told_the_first_offset_instead_of_a_marker()
    {
        var (headers, body) = await WriteAsync(OutputSelection.Stdout, goesOn: true, Omitted(4, 1_234), Kept(1_238, "tail"));
        Assert.Equal("tail", body);
        Assert.Equal(("1238", "77", "true"), headers);
    }

    [Fact]
    public async Task Nothing_begins_where_it_goes_on()
    {
        Assert.Equal((("77", "77", "true"), ""), await WriteAsync(OutputSelection.Stdout, goesOn: true));
        Assert.Equal((("9", "9", "true"), ""), await WriteAsync(OutputSelection.Stderr, goesOn: true, Omitted(1, 8)));
        Assert.Equal((("0.0", "4d.9", "true"), ""), await WriteAsync(OutputSelection.Both, goesOn: false));
    }

    [Fact]
    public async Task Many_small_pieces_are_written_together()
    {
        var writes = new CountingStream();
        var (_, body) = await WriteAsync(OutputSelection.Both, goesOn: false, writes, [.. Enumerable.Range(0, 200_000).Select(offset => Kept(offset, "x"))]);
        Assert.Equal(new string('x', 200_000), body);
        Assert.Equal(4, writes.Count);
    }

    private static OutputChunk Kept(long offset, string text) => new(OutputStream.Stdout, offset, text.Length, Encoding.UTF8.GetBytes(text), Omitted: false);

    private static OutputChunk Omitted(long offset, long length) => new(OutputStream.Stdout, offset, length, default, Omitted: true);

    private static Task<((string? Offset, string? Next, string? Complete) Headers, string Body)> WriteAsync(OutputSelection selection, bool goesOn, params OutputChunk[] chunks) =>
        WriteAsync(selection, goesOn, new CountingStream(), chunks);

    private static async Task<((string? Offset, string? Next, string? Complete) Headers, string Body)> WriteAsync(OutputSelection selection, bool goesOn, CountingStream body, OutputChunk[] chunks)
    {
        await using (body)
        {
            var context = new DefaultHttpContext { Response = { Body = body } };
            var content = new OutputContent(1, chunks.ToAsyncEnumerable(), new OutputCursor(77, 9), Complete: true);
            await new OutputResult(content, new OutputAddress(selection, null, OutputCursor.Start, goesOn)).ExecuteAsync(context);
            var headers = context.Response.Headers;
            return ((headers["X-Offset"], headers["X-Next-Offset"], headers["X-Complete"]), Encoding.UTF8.GetString(body.ToArray()));
        }
    }

    private sealed class CountingStream : MemoryStream
    {
        public int Count { get; private set; }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Count += buffer.Length > 0 ? 1 : 0;
            return base.WriteAsync(buffer, cancellationToken);
        }
    }
}
