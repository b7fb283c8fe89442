using System.Buffers;
using System.Globalization;
using System.Net.Mime;
using System.Text;
using TaskConsole.Core.Outputs;

namespace TaskConsole.Console.Api.Outputs;

/// <summary>Writes an output as it was produced, byte by byte, with a marker line where bytes were left out. It goes through one buffer, however long it is.</summary>
internal sealed class OutputResult(OutputContent output, OutputAddress address) : IResult
{
    private const int BufferBytes = 64 * 1024;

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var stop = httpContext.RequestAborted;
        var chunks = output.Chunks.GetAsyncEnumerator(stop);
        await using (chunks)
        {
            var hasChunk = await chunks.MoveNextAsync();
            if (hasChunk && address.GoesOn && chunks.Current.Omitted)
            {
                // What was left out before its first byte it sees from X-Offset.
                hasChunk = await chunks.MoveNextAsync();
            }

            var response = httpContext.Response;
            response.ContentType = $"{MediaTypeNames.Text.Plain}; charset=utf-8";
            response.Headers.CacheControl = "no-store";
            response.Headers["X-Offset"] = address.Selection == OutputSelection.Both ? address.From.ToString() : Text(hasChunk ? chunks.Current.Offset : Offset(output.Next));
            response.Headers["X-Next-Offset"] = address.Selection == OutputSelection.Both ? output.Next.ToString() : Text(Offset(output.Next));
            response.Headers["X-Complete"] = output.Complete ? "true" : "false";
            if (hasChunk)
            {
                await WriteAsync(chunks, response.Body, stop);
            }
        }
    }

    /// <summary>Gathers small chunks: each write is sent by itself.</summary>
    private static async Task WriteAsync(IAsyncEnumerator<OutputChunk> chunks, Stream body, CancellationToken stop)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            var filled = 0;
            do
            {
                var bytes = chunks.Current.Omitted ? Marker(chunks.Current.Length) : chunks.Current.Content;
                while (bytes.Length > 0)
                {
                    var part = bytes[..Math.Min(bytes.Length, BufferBytes - filled)];
                    part.CopyTo(buffer.AsMemory(filled));
                    filled += part.Length;
                    bytes = bytes[part.Length..];
                    if (filled == BufferBytes)
                    {
                        await body.WriteAsync(buffer.AsMemory(0, filled), stop);
                        filled = 0;
                    }
                }
            }
            while (await chunks.MoveNextAsync());
            await body.WriteAsync(buffer.AsMemory(0, filled), stop);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private long Offset(OutputCursor cursor) => address.Selection == OutputSelection.Stderr ? cursor.Stderr : cursor.Stdout;

    private static string Text(long offset) => offset.ToString(CultureInfo.InvariantCulture);

    private static ReadOnlyMemory<byte> Marker(long bytes) =>
        Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"\n[… {bytes:N0} bytes omitted …]\n"));
}
