namespace TaskConsole.Core.Outputs;

/// <summary>Which output is read.</summary>
public enum OutputSelection
{
    Stdout,
    Stderr,

    /// <summary>Both, interleaved in order of arrival at the host.</summary>
    Both,
}

/// <summary>A piece of what was produced.</summary>
/// <param name="Offset">Of its first byte on its stream.</param>
/// <param name="Length">Bytes that it stands for.</param>
/// <param name="Content">The bytes; empty with <paramref name="Omitted"/>.</param>
/// <param name="Omitted">These bytes were left out.</param>
public sealed record OutputChunk(OutputStream Stream, long Offset, long Length, ReadOnlyMemory<byte> Content, bool Omitted);

/// <summary>Answer of the <see cref="OutputReader"/>.</summary>
/// <param name="Attempt">Whose output it is.</param>
/// <param name="Chunks">In order: by offset for one stream, by arrival for both.</param>
/// <param name="Cursor">Where to go on reading.</param>
/// <param name="Complete">The attempt has ended and nothing follows.</param>
public sealed record OutputSlice(int Attempt, IReadOnlyList<OutputChunk> Chunks, OutputCursor Cursor, bool Complete);

/// <summary>What is committed of an output from an address on.</summary>
/// <param name="Attempt">Whose output it is.</param>
/// <param name="Chunks">In order: by offset for one stream, by arrival for both. To be enumerated once; each chunk is read from the store when the enumeration reaches it.</param>
/// <param name="Next">Where to go on reading.</param>
/// <param name="Complete">The attempt has ended and nothing follows.</param>
public sealed record OutputContent(int Attempt, IAsyncEnumerable<OutputChunk> Chunks, OutputCursor Next, bool Complete);

/// <summary>
/// An address in the output of an attempt: the next byte of each stream. Its text form is opaque to clients.
/// </summary>
public readonly record struct OutputCursor(long Stdout, long Stderr)
{
    /// <summary>The next byte of one stream.</summary>
    public long Of(OutputStream stream) => stream == OutputStream.Stderr ? Stderr : Stdout;

    /// <summary>The same with another next byte of one stream.</summary>
    public OutputCursor With(OutputStream stream, long offset) => stream == OutputStream.Stderr ? this with { Stderr = offset } : this with { Stdout = offset };

    /// <summary>The beginning.</summary>
    public static OutputCursor Start => default;

    /// <inheritdoc />
    public override string ToString() => FormattableString.Invariant($"{Stdout:x}.{Stderr:x}");

    /// <summary>Reads the text form.</summary>
    public static bool TryParse(string? text, out OutputCursor cursor)
    {
        cursor = default;
        if (text is null || text.IndexOf('.', StringComparison.Ordinal) is var dot && dot < 1)
        {
            return false;
        }

        if (!TryHex(text.AsSpan(0, dot), out var stdout) || !TryHex(text.AsSpan(dot + 1), out var stderr))
        {
            return false;
        }

        cursor = new OutputCursor(stdout, stderr);
        return true;
    }

    private static bool TryHex(ReadOnlySpan<char> text, out long value) =>
        long.TryParse(text, System.Globalization.NumberStyles.AllowHexSpecifier, System.Globalization.CultureInfo.InvariantCulture, out value) && value >= 0;
}
