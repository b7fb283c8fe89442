using Google.Protobuf.Collections;
using Microsoft.Extensions.Logging;
using TaskConsole.Agent.HostFacts;
using TaskConsole.Agent.Journal.Records;
using TaskConsole.Agent.Settings;

namespace TaskConsole.Agent.Enrolment;

/// <summary>Tells, once at start, what of the command line counts no longer because this host has joined with something else.</summary>
internal static partial class JoinedWith
{
    /// <summary>One line for another name, one for other labels; none for what is the same, and for labels that are not given.</summary>
    public static void TellDifferences(AgentOptions options, IdentityRecord identity, ILogger logger)
    {
        if (options.Name is { } asked && asked != identity.Name)
            LogNameIgnored(logger, asked, identity.Name);
        else if (options.Name is null && SystemName.Read().ToLowerInvariant() is var system && system != identity.Name)
            LogSystemNameIgnored(logger, system, identity.Name);
        if (options.Labels.Count > 0 && !IsSame(options.Labels, identity.Labels))
            LogLabelsIgnored(logger, Text(options.Labels), Text(identity.Labels));
    }

    private static bool IsSame(IReadOnlyDictionary<string, string> given, MapField<string, string> kept) =>
        given.Count == kept.Count && given.All(label => kept.TryGetValue(label.Key, out var value) && value == label.Value);

    private static string Text(IEnumerable<KeyValuePair<string, string>> labels) =>
        string.Join(' ', labels.OrderBy(label => label.Key, StringComparer.Ordinal).Select(label => $"{label.Key}={label.Value}")) is { Length: > 0 } text ? text : "none";

    [LoggerMessage(Level = LogLevel.Warning, Message = "--name '{Asked}' is ignored: this host has joined as '{Kept}', and its name stays. A host of another name needs a --data-dir of its own")]
    private static partial void LogNameIgnored(ILogger logger, string asked, string kept);

    [LoggerMessage(Level = LogLevel.Information, Message = "This machine is called '{System}' and has joined as '{Kept}'; its name at the hub stays")]
    private static partial void LogSystemNameIgnored(ILogger logger, string system, string kept);

    [LoggerMessage(Level = LogLevel.Warning, Message = "--label is ignored: this host has joined with other labels, and the console owns them now. Given: {Given}. Joined with: {Kept}")]
    private static partial void LogLabelsIgnored(ILogger logger, string given, string kept);
}
