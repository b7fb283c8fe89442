using System.Reflection;

namespace TaskConsole.Rooms;

/// <summary>
/// The rooms of one project and who knows whom. A room is the first part of a namespace below the project's own, with all
/// that is deeper: <c>TaskConsole.Agent.Journal.Records</c> belongs to the room <c>Journal</c> of <c>TaskConsole.Agent</c>.
/// </summary>
internal sealed class RoomMap
{
    /// <summary>The room of what stands directly in the project's own namespace.</summary>
    public const string Root = "(root)";

    private readonly string _project;

    private RoomMap(string project, IEnumerable<string> rooms, IEnumerable<RoomArrow> arrows)
    {
        _project = project;
        Arrows = [.. arrows
            .DistinctBy(arrow => (arrow.From, arrow.To))
            .OrderBy(arrow => arrow.From, StringComparer.Ordinal)
            .ThenBy(arrow => arrow.To, StringComparer.Ordinal)];
        Rooms = [.. rooms.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        Circles = [.. RoomCircles.Find(Rooms, Arrows)];
    }

    /// <summary>Names, in alphabetical order.</summary>
    public IReadOnlyList<string> Rooms { get; }

    /// <summary>One for each pair of rooms, in alphabetical order.</summary>
    public IReadOnlyList<RoomArrow> Arrows { get; }

    /// <summary>Arrows that lead back to where they begin: one way for each group of rooms that know each other.</summary>
    public IReadOnlyList<IReadOnlyList<RoomArrow>> Circles { get; }

    /// <summary>The rooms of a project.</summary>
    /// <param name="assembly">As the project was built, with its symbols beside it; they name the source files.</param>
    public static RoomMap Of(Assembly assembly) => Of(assembly, assembly.GetName().Name!);

    /// <summary>The rooms in a part of a project.</summary>
    /// <param name="assembly">As <see cref="Of(Assembly)"/>.</param>
    /// <param name="project">The namespace that the rooms stand in.</param>
    public static RoomMap Of(Assembly assembly, string project)
    {
        using var built = new BuiltProject(assembly.Location, project);
        var arrows = built.ReadArrows().Concat(SourceUsings.ReadArrows(project, built.SourceFiles));
        return new RoomMap(project, built.Rooms, arrows);
    }

    /// <summary>The room of a namespace; null: it is none of the project's.</summary>
    public static string? RoomOf(string project, string ns) =>
        ns == project ? Root
        : ns.StartsWith(project + ".", StringComparison.Ordinal) ? ns[(project.Length + 1)..].Split('.')[0]
        : null;

    /// <summary>Compares the project with the table of what is allowed.</summary>
    /// <param name="table">Each room once, and below those that it may know.</param>
    /// <returns>One sentence for each difference; none where the table is exact.</returns>
    public IReadOnlyList<string> Compare(IReadOnlyList<(string Room, string[] MayKnow)> table)
    {
        List<string> wrong = [.. Circles.Select(Describe)];
        var above = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (room, mayKnow) in table)
        {
            wrong.AddRange(mayKnow.Where(known => !above.Contains(known)).Select(known =>
                $"The table of {_project} lets {room} know {known}, which stands below it or nowhere: a room may know only what stands above it."));
            above.Add(room);
        }

        wrong.AddRange(Rooms.Where(room => !above.Contains(room)).Select(room => $"The room {room} of {_project} is missing in the table."));
        wrong.AddRange(above.Where(room => !Rooms.Contains(room)).Select(room => $"The table of {_project} has the room {room}, which is no more."));
        var allowed = table.SelectMany(row => row.MayKnow, (row, known) => (row.Room, known)).ToHashSet();
        wrong.AddRange(Arrows.Where(arrow => !allowed.Contains((arrow.From, arrow.To))).Select(arrow =>
            $"In {_project} the room {arrow.From} knows {arrow.To}, in {arrow.File}, which the table does not allow: move what both need into a lower room, or change the table, with a reason."));
        var drawn = Arrows.Select(arrow => (arrow.From, arrow.To)).ToHashSet();
        wrong.AddRange(allowed.Where(arrow => !drawn.Contains(arrow)).Select(arrow =>
            $"The table of {_project} lets {arrow.Room} know {arrow.known}, which it does not know any more: take the arrow out of the table."));
        return wrong;
    }

    private string Describe(IReadOnlyList<RoomArrow> circle) =>
        $"Rooms of {_project} know each other in a circle: {string.Join("; ", circle.Select(arrow => $"{arrow.From} knows {arrow.To} in {arrow.File}"))}.";
}
