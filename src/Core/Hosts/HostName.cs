using System.Text.RegularExpressions;

namespace TaskConsole.Core.Hosts;

/// <summary>What a host may be called. Names are compared as bytes.</summary>
public static partial class HostName
{
    /// <summary>The rule, for people.</summary>
    public const string Rule = "A host's name is 1 to 253 of a-z, 0-9, '.' and '-', and begins and ends with a letter or digit.";

    /// <summary>Whether it follows the rule.</summary>
    public static bool IsAllowed(string name) => Pattern().IsMatch(name);

    [GeneratedRegex(@"\A[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Pattern();
}
