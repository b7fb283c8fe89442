using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using TaskConsole.Core.Problems;

namespace TaskConsole.Console.Api;

/// <summary>Reads the body of a request: at most 4 MiB of JSON, every error with the path of its field.</summary>
internal static class JsonBody
{
    /// <summary>Most bytes of a body.</summary>
    public const int MaxBytes = 4 * 1024 * 1024;

    /// <summary>What a 413 tells.</summary>
    public static CodedMessage TooLarge { get; } = CodedMessage.Of(RequestProblemCode.TooLarge, ("limitMebibytes", MaxBytes / (1024 * 1024)));

    private static readonly byte[] ByteOrderMark = [0xEF, 0xBB, 0xBF];

    /// <summary>Reads a body that must be there.</summary>
    public static async Task<ReadBody<T>> ReadAsync<T>(HttpRequest request, JsonSerializerOptions options)
        where T : class
    {
        var body = await ReadOptionalAsync<T>(request, options);
        return body is { Problem: null, Value: null }
            ? new ReadBody<T>(null, body.Bytes, new Problem.Invalid("$", RequestProblemCode.NoObject).ToResult())
            : body;
    }

    /// <summary>Reads a body that may be missing.</summary>
    public static async Task<ReadBody<T>> ReadOptionalAsync<T>(HttpRequest request, JsonSerializerOptions options)
        where T : class
    {
        if (await BytesAsync(request) is not { } bytes)
        {
            return new ReadBody<T>(null, default, ProblemWriter.Result(StatusCodes.Status413PayloadTooLarge, TooLarge));
        }

        var json = bytes.AsSpan().StartsWith(ByteOrderMark) ? bytes.AsMemory(ByteOrderMark.Length) : bytes;
        if (json.IsEmpty)
        {
            return new ReadBody<T>(null, json, null);
        }

        try
        {
            return new ReadBody<T>(JsonSerializer.Deserialize<T>(json.Span, options), json, null);
        }
        catch (JsonException malformed)
        {
            var (path, error) = JsonErrors.Explain(malformed, typeof(T), options);
            return new ReadBody<T>(null, json, new Problem.Invalid(path, error).ToResult());
        }
    }

    private static async Task<byte[]?> BytesAsync(HttpRequest request)
    {
        if (request.ContentLength > MaxBytes)
        {
            return null;
        }

        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = MaxBytes;
        }

        using var buffer = new MemoryStream((int)(request.ContentLength ?? 0));
        await request.Body.CopyToAsync(buffer, request.HttpContext.RequestAborted);
        return buffer.ToArray();
    }
}

/// <summary>A body that was read, or the answer that says why it could not be.</summary>
/// <param name="Value">Null with a problem, or when the body is empty or <c>null</c>.</param>
/// <param name="Bytes">As they came; what an idempotency key is bound to.</param>
/// <param name="Problem">What is wrong.</param>
internal sealed record ReadBody<T>(T? Value, ReadOnlyMemory<byte> Bytes, ProblemHttpResult? Problem)
    where T : class
{
    /// <summary>Splits into value and problem.</summary>
    public bool TryGet([NotNullWhen(true)] out T? value, [NotNullWhen(false)] out ProblemHttpResult? problem)
    {
        value = Value;
        problem = Problem;
        return problem is null && value is not null;
    }
}
