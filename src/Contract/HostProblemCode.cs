namespace TaskConsole.Contract;

/// <summary>
/// Codes of what is wrong with an act on hosts, and with the choice of hosts. <c>host</c> is a host's name. Each has a
/// sentence in every language of the pages. Behind each code stand its arguments.
/// </summary>
public static class HostProblemCode
{
    /// <summary>There is no host with this id. <c>id</c>.</summary>
    public const string NotFound = "host.not-found";

    /// <summary>The host is not approved. <c>host</c>.</summary>
    public const string NotApproved = "host.not-approved";

    /// <summary>The host is draining. <c>host</c>.</summary>
    public const string Draining = "host.draining";

    /// <summary>Something runs on the host still. <c>host</c>.</summary>
    public const string Busy = "host.busy";

    /// <summary>It is no fingerprint.</summary>
    public const string Fingerprint = "host.fingerprint";

    /// <summary>The fingerprint is needed. <c>case</c> is Duplicate (two agents use the host's key), Several (as many keys as <c>count</c> wait) or Replacement (another key is in force). <c>case, host, count</c>.</summary>
    public const string KeyAmbiguous = "host.key.ambiguous";

    /// <summary>No key waits for approval as the host. <c>host</c>.</summary>
    public const string NoKeyWaits = "host.key.none-waits";

    /// <summary>The key with this fingerprint does not wait for approval as the host. <c>host</c>.</summary>
    public const string KeyNotWaiting = "host.key.not-waiting";

    /// <summary>The key asked too long ago. <c>host, hours</c>.</summary>
    public const string KeyExpired = "host.key.expired";

    /// <summary>Labels are needed.</summary>
    public const string LabelsMissing = "host.labels.missing";

    /// <summary>A host has fewer labels. <c>longest, labels</c>.</summary>
    public const string LabelsTooMany = "host.labels.too-many";

    /// <summary>The name of a label is not allowed. <c>label</c>.</summary>
    public const string LabelName = "host.label.name";

    /// <summary>The value of a label is not allowed. <c>label, value</c>.</summary>
    public const string LabelValue = "host.label.value";

    /// <summary>Targets are named in none or several of the ways.</summary>
    public const string TargetsChoice = "targets.choice";

    /// <summary><c>all</c> is not true.</summary>
    public const string TargetsAll = "targets.all";

    /// <summary>There are no ids of hosts, or too many. <c>longest, ids</c>.</summary>
    public const string TargetsIds = "targets.host-ids";

    /// <summary>The id of a host is empty.</summary>
    public const string TargetsIdMissing = "targets.host-id-missing";

    /// <summary>There is no host that anything could run on.</summary>
    public const string TargetsNone = "targets.none";

    /// <summary>The selector is empty.</summary>
    public const string SelectorMissing = "selector.missing";

    /// <summary>The selector is too long, in characters. <c>longest, length</c>.</summary>
    public const string SelectorTooLong = "selector.too-long";

    /// <summary>It cannot be read on from this column, counted from 1. <c>expected</c> is one of key, value, values, next-value, pattern, plain-value, unquoted-value, next-requirement; <c>found</c> is the character there, or end. <c>column, expected, found</c>.</summary>
    public const string SelectorSyntax = "selector.syntax";

    /// <summary>As <see cref="SelectorSyntax"/>: behind the key no operator follows. <c>column, key, found</c>.</summary>
    public const string SelectorOperator = "selector.operator";

    /// <summary>As <see cref="SelectorSyntax"/>: patterns go with the name of a host alone. <c>column, key, found</c>.</summary>
    public const string SelectorPatternKey = "selector.pattern-key";

    /// <summary>It hits no host that anything could run on. <c>selector</c>.</summary>
    public const string SelectorHitsNone = "selector.hits-none";
}
