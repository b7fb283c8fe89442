namespace TaskConsole.Rooms;

/// <summary>One room of a project knows another.</summary>
/// <param name="From">The room that knows.</param>
/// <param name="To">The room that is known.</param>
/// <param name="File">A source file of <paramref name="From"/> that names something of <paramref name="To"/>.</param>
internal sealed record RoomArrow(string From, string To, string File);
