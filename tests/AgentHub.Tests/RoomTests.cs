using TaskConsole.Rooms;

namespace TaskConsole.AgentHub.Tests;

/// <summary>Which room of the hub may know which.</summary>
public sealed class RoomTests
{
    /// <summary>From the lowest room to the highest: each may know only rooms above it in this list.</summary>
    private static readonly (string Room, string[] MayKnow)[] Table =
    [
        ("Protocol", []),
        ("Metrics", []),
        ("Certificates", []),
        ("Listening", ["Certificates"]),
        ("Delivery", ["Protocol"]),
        ("Sessions", ["Delivery", "Listening", "Metrics", "Protocol"]),
        ("Enrolment", ["Metrics", "Protocol", "Sessions"]),
        (RoomMap.Root, ["Certificates", "Delivery", "Enrolment", "Listening", "Metrics", "Sessions"]),
    ];

    [Fact]
    public void Rooms_know_only_what_the_table_allows()
    {
        var wrong = RoomMap.Of(typeof(AgentHubRegistration).Assembly).Compare(Table);
        Assert.True(wrong.Count == 0, string.Join(Environment.NewLine, wrong));
    }
}
