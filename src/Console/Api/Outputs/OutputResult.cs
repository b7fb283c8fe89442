using System.Globalization;
using System.Net.Mime;
using System.Text;

namespace TaskConsole.Console.Api.Outputs;

/// <summary>Writes an output as it was produced, byte by byte, with a marker line where bytes were left out.</summary>
internal sealed class OutputResult(GatheredOutput output) : IResult
{
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.ContentType = $"{MediaTypeNames.Text.Plain}; charset=utf-8";
        response.Headers.CacheControl = "no-store";
        response.Headers["X-Offset"] = output.Begin;
        response.Headers["X-Next-Offset"] = output.Next;
        response.Headers["X-Complete"] = output.Complete ? "true" : "false";
        foreach (var chunk in output.Chunks)
        {
            await response.Body.WriteAsync(chunk.Omitted ? Marker(chunk.Length) : chunk.Content, httpContext.RequestAborted);
        }
    }

    private static ReadOnlyMemory<byte> Marker(long bytes) =>
        Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"\n[… {bytes:N0} bytes omitted …]\n"));
}
