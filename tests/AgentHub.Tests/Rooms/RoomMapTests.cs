using TaskConsole.Rooms;

namespace TaskConsole.AgentHub.Tests.Rooms;

/// <summary>What the tables of rooms are compared with: the rooms below <c>Samples</c> stand for a project.</summary>
public sealed class RoomMapTests
{
    private const string Project = "TaskConsole.AgentHub.Tests.Rooms.Samples";
    private static readonly RoomMap Map = RoomMap.Of(typeof(RoomMapTests).Assembly, Project);

    [Fact]
    public void An_arrow_is_found_with_a_using_and_without()
    {
        Assert.Equal(["Left", "Lower", "Middle", "Right", "Upper"], Map.Rooms);
        Assert.Equal([("Left", "Right"), ("Middle", "Lower"), ("Right", "Left"), ("Upper", "Lower")], Map.Arrows.Select(arrow => (arrow.From, arrow.To)));
        Assert.Equal(["One.cs", "Wall.cs", "Other.cs", "Roof.cs"], Map.Arrows.Select(arrow => Path.GetFileName(arrow.File)));
    }

    [Fact]
    public void A_circle_is_told_with_its_rooms_and_files()
    {
        var wrong = Map.Compare([("Lower", []), ("Middle", ["Lower"]), ("Upper", ["Lower"]), ("Left", []), ("Right", ["Left"])]);
        Assert.Equal(2, wrong.Count);
        Assert.Equal($"Rooms of {Project} know each other in a circle: Left knows Right in {FileOf("Left/One.cs")}; Right knows Left in {FileOf("Right/Other.cs")}.", wrong[0]);
        Assert.StartsWith($"In {Project} the room Left knows Right, in {FileOf("Left/One.cs")}, which the table does not allow", wrong[1], StringComparison.Ordinal);
    }

    [Fact]
    public void A_table_is_exact_and_stands_in_order()
    {
        var wrong = Map.Compare([("Upper", ["Lower"]), ("Lower", []), ("Middle", ["Lower", "Upper"]), ("Left", []), ("Right", ["Left"]), ("Cellar", [])]);
        Assert.Contains($"The table of {Project} lets Upper know Lower, which stands below it or nowhere: a room may know only what stands above it.", wrong);
        Assert.Contains($"The table of {Project} lets Middle know Upper, which it does not know any more: take the arrow out of the table.", wrong);
        Assert.Contains($"The table of {Project} has the room Cellar, which is no more.", wrong);
        Assert.Contains($"The room Left of {Project} is missing in the table.", Map.Compare([("Lower", [])]));
    }

    private static string FileOf(string name) => $"tests/AgentHub.Tests/Rooms/Samples/{name}";
}
