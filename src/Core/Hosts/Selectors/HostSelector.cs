using System.Diagnostics.CodeAnalysis;

namespace TaskConsole.Core.Hosts.Selectors;

/// <summary>
/// Which hosts: Kubernetes label selector syntax with a glob on the name, for example
/// <c>env=prod,role in (web,api),!canary,name~=web-*</c>. Commas mean and.
/// </summary>
/// <remarks>
/// <c>name</c> is the host's name, <c>fact.os</c> the fact <c>os</c>, any other key a label; all are compared as bytes.
/// As in Kubernetes, <c>!=</c> and <c>notin</c> also hit hosts that lack the key.
/// </remarks>
public sealed class HostSelector
{
    /// <summary>Longest text, in characters.</summary>
    public const int MaxLength = 4096;

    /// <summary>Key of the host's name.</summary>
    internal const string NameKey = "name";

    /// <summary>What keys of facts begin with.</summary>
    internal const string FactPrefix = "fact.";

    private readonly IReadOnlyList<Requirement> _requirements;

    internal HostSelector(IReadOnlyList<Requirement> requirements)
    {
        _requirements = requirements;
        AsksForFacts = requirements.Any(requirement => IsFact(requirement.Key));
        AsksForLabels = requirements.Any(requirement => requirement.Key != NameKey && !IsFact(requirement.Key));
    }

    /// <summary>Whether a requirement is about a label; if none is, the labels of hosts need not be read.</summary>
    public bool AsksForLabels { get; }

    /// <summary>Whether a requirement is about a fact; if none is, the facts of hosts need not be read.</summary>
    public bool AsksForFacts { get; }

    /// <summary>Reads a selector.</summary>
    /// <param name="text">1 to <see cref="MaxLength"/> characters.</param>
    /// <param name="selector">The selector.</param>
    /// <param name="error">The column, counted from 1, and what was expected there.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out HostSelector? selector, [NotNullWhen(false)] out CodedMessage? error)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length > MaxLength)
        {
            selector = null;
            error = CodedMessage.Of(HostProblemCode.SelectorTooLong, ("longest", MaxLength), ("length", text.Length));
            return false;
        }

        return SelectorParser.TryParse(text, out selector, out error);
    }

    /// <summary>Whether a host is hit: its name, labels and facts meet every requirement.</summary>
    public bool Matches(string name, IReadOnlyDictionary<string, string> labels, IReadOnlyDictionary<string, string> facts)
    {
        foreach (var requirement in _requirements)
        {
            if (!requirement.IsMet(ValueOf(requirement.Key, name, labels, facts)))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The selector in its shortest spelling; reading it again makes an equal one.</summary>
    public override string ToString() => string.Join(',', _requirements);

    private static string? ValueOf(string key, string name, IReadOnlyDictionary<string, string> labels, IReadOnlyDictionary<string, string> facts)
    {
        if (key == NameKey)
        {
            return name;
        }

        return IsFact(key)
            ? facts.GetValueOrDefault(key[FactPrefix.Length..])
            : labels.GetValueOrDefault(key);
    }

    private static bool IsFact(string key) => key.StartsWith(FactPrefix, StringComparison.Ordinal);
}
