using TaskConsole.Agent.HostFacts;
using TaskConsole.Agent.Journal.Records;
using TaskConsole.Agent.Settings;

namespace TaskConsole.Agent.Enrolment;

/// <summary>This host's name at the hub.</summary>
internal static class HostName
{
    /// <summary>What is allowed, for people.</summary>
    public const string Rule = "allowed are 1 to 253 of a-z, 0-9, '.' and '-', with a letter or digit at both ends";

    private const int MostLength = 253;

    /// <summary>Whether the hub takes it.</summary>
    public static bool IsAllowed(string name) =>
        name.Length is > 0 and <= MostLength
        && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '.' or '-')
        && char.IsAsciiLetterOrDigit(name[0])
        && char.IsAsciiLetterOrDigit(name[^1]);

    /// <summary>The name under which this host has joined; before that what was asked for, else the machine's whole name in lower case.</summary>
    public static string Choose(AgentOptions options, IdentityRecord? identity) =>
        identity?.Name ?? options.Name ?? SystemName.Read().ToLowerInvariant();
}
