using TaskConsole.Rooms;

namespace TaskConsole.Agent.Tests;

/// <summary>Which room of the agent may know which.</summary>
public sealed class RoomTests
{
    /// <summary>From the lowest room to the highest: each may know only rooms above it in this list.</summary>
    private static readonly (string Room, string[] MayKnow)[] Table =
    [
        ("Execution", []),
        ("Masking", []),
        ("Spool", []),
        ("HostFacts", []),
        ("Settings", []),
        ("Files", ["Execution"]),
        ("Details", ["Execution"]),
        ("Journal", ["Execution", "Files", "Settings", "Spool"]),
        ("Trust", ["Journal", "Settings"]),
        ("Enrolment", ["HostFacts", "Journal", "Settings", "Trust"]),
        ("Supervision", ["Details", "Execution", "Files", "Journal", "Masking", "Spool"]),
        ("Attempts", ["Details", "Execution", "Files", "Journal", "Settings", "Spool", "Supervision"]),
        ("Connection", ["Attempts", "Enrolment", "Execution", "HostFacts", "Journal", "Settings", "Spool", "Supervision", "Trust"]),
        ("Commands", ["Attempts", "Connection", "Enrolment", "Execution", "HostFacts", "Journal", "Settings", "Supervision"]),
        (RoomMap.Root, ["Commands", "Execution", "Settings", "Supervision"]),
    ];

    [Fact]
    public void Rooms_know_only_what_the_table_allows()
    {
        var wrong = RoomMap.Of(typeof(Commands.AgentRole).Assembly).Compare(Table);
        Assert.True(wrong.Count == 0, string.Join(Environment.NewLine, wrong));
    }
}
