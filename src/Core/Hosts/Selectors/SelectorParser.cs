using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace TaskConsole.Core.Hosts.Selectors;

/// <summary>Reads the text of a <see cref="HostSelector"/>, one requirement after the other, and stops at the first error.</summary>
internal ref struct SelectorParser
{
    private readonly ReadOnlySpan<char> _text;
    private int _at;
    private CodedMessage? _error;

    private SelectorParser(ReadOnlySpan<char> text) => _text = text;

    public static bool TryParse(string text, [NotNullWhen(true)] out HostSelector? selector, [NotNullWhen(false)] out CodedMessage? error)
    {
        var parser = new SelectorParser(text);
        var requirements = parser.ReadRequirements();
        error = parser._error;
        selector = error is null ? new HostSelector(requirements) : null;
        return error is null;
    }

    private readonly bool AtEnd => _at == _text.Length;

    private List<Requirement> ReadRequirements()
    {
        var requirements = new List<Requirement>();
        do
        {
            if (ReadRequirement() is { } requirement)
            {
                requirements.Add(requirement);
            }
        }
        while (_error is null && Take(","));

        if (_error is null && !AtEnd)
        {
            Expected("next-requirement");
        }

        return requirements;
    }

    private Requirement? ReadRequirement()
    {
        var lacks = Take("!");
        if (ReadKey() is not { } key)
        {
            return null;
        }

        return lacks ? new Requirement.Lacks(key) : ReadCondition(key);
    }

    private Requirement? ReadCondition(string key)
    {
        SkipSpaces();
        var start = _at;
        if (AtEnd || _text[_at] == ',')
        {
            return new Requirement.Exists(key);
        }

        if (Take("=="))
        {
            return ReadEquals(key, negated: false);
        }

        if (Take("="))
        {
            return ReadEquals(key, negated: false);
        }

        if (Take("!="))
        {
            return ReadEquals(key, negated: true);
        }

        if (Take("~="))
        {
            return ReadLike(key, start);
        }

        if (TakeWord("in"))
        {
            return ReadOneOf(key, negated: false);
        }

        if (TakeWord("notin"))
        {
            return ReadOneOf(key, negated: true);
        }

        Expected(HostProblemCode.SelectorOperator, ("key", key));
        return null;
    }

    private Requirement.OneOf? ReadEquals(string key, bool negated) =>
        ReadValue() is { } value ? new Requirement.OneOf(key, [value], negated) : null;

    private Requirement.OneOf? ReadOneOf(string key, bool negated)
    {
        if (!Take("("))
        {
            Expected("values");
            return null;
        }

        SkipSpaces();
        if (!AtEnd && _text[_at] == ')')
        {
            Expected("value");
            return null;
        }

        var values = new List<string>();
        do
        {
            if (ReadValue() is not { } value)
            {
                return null;
            }

            values.Add(value);
        }
        while (Take(","));

        if (!Take(")"))
        {
            Expected("next-value");
            return null;
        }

        return new Requirement.OneOf(key, values, negated);
    }

    private Requirement.Like? ReadLike(string key, int start)
    {
        if (key != HostSelector.NameKey)
        {
            _at = start;
            Expected(HostProblemCode.SelectorPatternKey, ("key", key));
            return null;
        }

        var pattern = ReadWhile(IsValueCharacter);
        if (pattern.Length == 0)
        {
            Expected("pattern");
            return null;
        }

        return new Requirement.Like(key, new Glob(pattern));
    }

    private string? ReadKey()
    {
        var key = ReadWhile(IsKeyCharacter);
        if (key.Length == 0)
        {
            Expected("key");
            return null;
        }

        return key;
    }

    // Empty is a value too, as in Kubernetes: 'key=' hits hosts whose label is there and empty.
    private string? ReadValue()
    {
        var value = ReadWhile(IsValueCharacter);
        var star = value.AsSpan().IndexOfAny('*', '?');
        if (star >= 0)
        {
            _at -= value.Length - star;
            Expected("plain-value");
            return null;
        }

        // Taken literally, env!="prod" would hit the hosts of prod.
        var quote = value.AsSpan().IndexOfAny('"', '\'');
        if (quote >= 0)
        {
            _at -= value.Length - quote;
            Expected("unquoted-value");
            return null;
        }

        return value;
    }

    private string ReadWhile(Func<char, bool> belongs)
    {
        SkipSpaces();
        var start = _at;
        while (!AtEnd && belongs(_text[_at]))
        {
            _at++;
        }

        return _text[start.._at].ToString();
    }

    private bool Take(string token)
    {
        SkipSpaces();
        if (!_text[_at..].StartsWith(token, StringComparison.Ordinal))
        {
            return false;
        }

        _at += token.Length;
        return true;
    }

    private bool TakeWord(string word)
    {
        var start = _at;
        if (Take(word) && (AtEnd || !IsKeyCharacter(_text[_at])))
        {
            return true;
        }

        _at = start;
        return false;
    }

    private void SkipSpaces()
    {
        while (!AtEnd && char.IsWhiteSpace(_text[_at]))
        {
            _at++;
        }
    }

    private void Expected(string what) => Expected(HostProblemCode.SelectorSyntax, ("expected", what));

    private void Expected(string code, (string Name, object Value) argument)
    {
        SkipSpaces();
        Rune.DecodeFromUtf16(_text[_at..], out var found, out _);
        _error ??= CodedMessage.Of(code, ("column", _at + 1), argument, ("found", AtEnd ? "end" : found.ToString()));
    }

    private static bool IsKeyCharacter(char character) => char.IsLetterOrDigit(character) || character is '_' or '-' or '.' or '/';

    private static bool IsValueCharacter(char character) =>
        !char.IsWhiteSpace(character) && !char.IsControl(character) && character is not ('=' or '!' or '(' or ')' or ',' or '<' or '>');
}
