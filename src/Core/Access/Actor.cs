namespace TaskConsole.Core.Access;

/// <summary>What kind of actor acts.</summary>
public enum ActorKind
{
    /// <summary>A signed-in person.</summary>
    Person,

    /// <summary>A holder of an API token.</summary>
    Token,

    /// <summary>A schedule.</summary>
    Schedule,

    /// <summary>TaskConsole itself: sweeps, reconciliation, automatic approval.</summary>
    System,
}

/// <summary>Who did it. Every act in Core carries one; it is what <c>createdBy</c> and the audit show.</summary>
/// <param name="Kind">Person, token, schedule or the system.</param>
/// <param name="Name">Account or token name, at most 200 characters.</param>
public sealed record Actor(ActorKind Kind, string Name)
{
    /// <summary>TaskConsole itself.</summary>
    public static Actor System { get; } = new(ActorKind.System, "system");

    /// <inheritdoc />
    public override string ToString() => Name;
}
