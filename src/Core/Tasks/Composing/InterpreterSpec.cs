using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace TaskConsole.Core.Tasks.Composing;

/// <summary>
/// The program that is given the script, with its arguments, as an author writes it: one text that is split like a shell
/// without expansion (<c>/bin/bash -e</c>), or a list of texts.
/// </summary>
[JsonConverter(typeof(InterpreterSpecConverter))]
public sealed record InterpreterSpec
{
    private InterpreterSpec(string? text, IReadOnlyList<string>? words) => (Text, Words) = (text, words);

    internal string? Text { get; }

    internal IReadOnlyList<string>? Words { get; }

    /// <summary>One text, to be split by <see cref="ShellWords"/>.</summary>
    public static InterpreterSpec Line(string text) => new(text, null);

    /// <summary>Program and arguments, each as it is.</summary>
    public static InterpreterSpec List(params IReadOnlyList<string> words) => new(null, words);

    /// <summary>Program and arguments.</summary>
    /// <param name="words">What was read.</param>
    /// <param name="error">Why the text cannot be split: a quote that is not closed, or a backslash at its end.</param>
    public bool TryRead(out IReadOnlyList<string> words, [NotNullWhen(false)] out CodedMessage? error)
    {
        if (Text is not null)
        {
            return ShellWords.TrySplit(Text, out words, out error);
        }

        (words, error) = (Words!, null);
        return true;
    }

    /// <summary>As one text.</summary>
    public override string ToString() => Text ?? ShellWords.Join(Words!);
}

/// <summary>Reads a text or a list of texts.</summary>
internal sealed class InterpreterSpecConverter : JsonConverter<InterpreterSpec>
{
    public override InterpreterSpec Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.String)
        {
            return InterpreterSpec.Line(reader.GetString()!);
        }

        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw new JsonException();
        }

        var words = new List<string>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            words.Add(reader.TokenType == JsonTokenType.String ? reader.GetString()! : throw new JsonException());
        }

        return InterpreterSpec.List(words);
    }

    public override void Write(Utf8JsonWriter writer, InterpreterSpec value, JsonSerializerOptions options)
    {
        if (value.Text is not null)
        {
            writer.WriteStringValue(value.Text);
        }
        else
        {
            JsonSerializer.Serialize(writer, value.Words, options);
        }
    }
}
