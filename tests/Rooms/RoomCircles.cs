namespace TaskConsole.Rooms;

/// <summary>Finds rooms that know each other, directly or by way of others.</summary>
internal static class RoomCircles
{
    /// <summary>The shortest circle of each group of rooms that all know each other.</summary>
    public static IEnumerable<IReadOnlyList<RoomArrow>> Find(IReadOnlyList<string> rooms, IReadOnlyList<RoomArrow> arrows)
    {
        var from = arrows.ToLookup(arrow => arrow.From, StringComparer.Ordinal);
        HashSet<string> told = new(StringComparer.Ordinal);
        var circles = rooms.Select(room => ShortestWay(room, room, from)).OfType<IReadOnlyList<RoomArrow>>().OrderBy(circle => circle.Count);
        foreach (var circle in circles)
        {
            if (circle.Any(arrow => told.Contains(arrow.From)))
                continue;
            foreach (var room in rooms.Where(room => room == circle[0].From || IsTogether(room, circle[0].From, from)))
                told.Add(room);
            yield return circle;
        }
    }

    private static bool IsTogether(string one, string other, ILookup<string, RoomArrow> from) =>
        ShortestWay(one, other, from) is not null && ShortestWay(other, one, from) is not null;

    private static IReadOnlyList<RoomArrow>? ShortestWay(string begin, string end, ILookup<string, RoomArrow> from)
    {
        Queue<IReadOnlyList<RoomArrow>> ways = new(from[begin].Select(arrow => (IReadOnlyList<RoomArrow>)[arrow]));
        HashSet<string> seen = new(StringComparer.Ordinal);
        while (ways.TryDequeue(out var way))
        {
            var last = way[^1].To;
            if (last == end)
                return way;
            if (!seen.Add(last))
                continue;
            foreach (var arrow in from[last])
                ways.Enqueue([.. way, arrow]);
        }

        return null;
    }
}
