namespace TaskConsole.Core.Acts;

/// <summary>What one actor may do to one subject as it stands. Pages show, disable with the reason, or hide by it, and guess nothing.</summary>
public sealed class ActChoices
{
    private readonly Dictionary<Act, CodedMessage?> _obstacles = [];

    /// <summary>Nothing is known yet, so nothing is offered.</summary>
    public static ActChoices None { get; } = new();

    /// <summary>Whether the act may be done.</summary>
    public bool Allows(Act act) => _obstacles.TryGetValue(act, out var obstacle) && obstacle is null;

    /// <summary>What stands in the way of the act; null: nothing does, or nobody asked.</summary>
    public CodedMessage? ObstacleTo(Act act) => _obstacles.GetValueOrDefault(act);

    internal void Add(Act act, CodedMessage? obstacle) => _obstacles[act] = obstacle;
}
