namespace TaskConsole.Core.Acts;

/// <summary>What kind of actor acts. The numbers are stored.</summary>
public enum ActorKind : byte
{
    /// <summary>A signed-in person.</summary>
    Person = 0,

    /// <summary>A holder of an API token.</summary>
    Token = 1,

    /// <summary>A schedule.</summary>
    Schedule = 2,

    /// <summary>TaskConsole itself: sweeps, reconciliation, automatic approval.</summary>
    System = 3,
}

/// <summary>Who acts. Wherever an actor is kept, kind, id and name are kept together: a name alone may change or be given again.</summary>
/// <param name="Kind">Person, token, schedule or the system.</param>
/// <param name="Id">Of the account or token. Until there are accounts: <see cref="ActorIds"/>.</param>
/// <param name="Name">Account or token name at that time, at most <see cref="MaxNameLength"/> characters.</param>
public sealed record Actor(ActorKind Kind, Guid Id, string Name)
{
    /// <summary>Longest name, in characters.</summary>
    public const int MaxNameLength = 200;

    /// <summary>TaskConsole itself, which has no account: its id is the nil UUID.</summary>
    public static Actor System { get; } = new(ActorKind.System, Guid.Empty, "system");

    /// <summary>Network address that the act came from; null: from this machine's own work. Not a part of who acts, so it is kept with the act alone.</summary>
    public string? Address { get; init; }

    /// <summary>Whether it is the same actor, wherever it acts from.</summary>
    public bool Equals(Actor? other) => other is not null && (Kind, Id, Name) == (other.Kind, other.Id, other.Name);

    /// <inheritdoc />
    public override int GetHashCode() => HashCode.Combine(Kind, Id, Name);

    /// <inheritdoc />
    public override string ToString() => Name;
}
