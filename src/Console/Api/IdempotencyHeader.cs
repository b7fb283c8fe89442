using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using TaskConsole.Core.Problems;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Console.Api;

/// <summary>The header by which a program may repeat a request without doing its work twice.</summary>
internal static class IdempotencyHeader
{
    public const string Name = "Idempotency-Key";

    private const int MaxLength = 200;

    /// <summary>Reads the header of a request; no claim where there is none. False: it is not 1 to 200 characters.</summary>
    /// <param name="request">The request.</param>
    /// <param name="scope">Whose key it is, at most 200 characters.</param>
    /// <param name="body">As it came.</param>
    /// <param name="claim">What the header claims.</param>
    /// <param name="problem">What is wrong with it.</param>
    public static bool TryRead(HttpRequest request, string scope, ReadOnlySpan<byte> body, out IdempotencyClaim? claim, [NotNullWhen(false)] out Problem? problem)
    {
        (claim, problem) = (null, null);
        if (!request.Headers.TryGetValue(Name, out var key))
        {
            return true;
        }

        if (key.ToString() is not { Length: > 0 and <= MaxLength } text)
        {
            problem = new Problem.Invalid(Name, RequestProblemCode.IdempotencyKeyLength, ("longest", MaxLength));
            return false;
        }

        claim = new IdempotencyClaim(text, scope, SHA256.HashData(body));
        return true;
    }
}
