using TaskConsole.Rooms;

namespace TaskConsole.Console.Tests;

/// <summary>Which room of the console may know which.</summary>
public sealed class RoomTests
{
    /// <summary>From the lowest room to the highest: each may know only rooms above it in this list.</summary>
    private static readonly (string Room, string[] MayKnow)[] Table =
    [
        ("Actors", []),
        ("Resources", []),
        ("Settings", []),
        ("Health", []),
        ("Wording", ["Resources"]),
        ("Api", ["Actors", "Wording"]),
        ("Live", ["Actors", "Api", "Wording"]),
        ("SignIn", ["Actors", "Api", "Settings"]),
        ("Demo", ["Settings"]),
        ("Logging", ["Demo", "Settings", "SignIn"]),
        ("Components", ["Actors", "Resources", "Wording"]),
        (RoomMap.Root, ["Api", "Components", "Demo", "Health", "Live", "Logging", "Settings", "SignIn"]),
    ];

    [Fact]
    public void Rooms_know_only_what_the_table_allows()
    {
        var wrong = RoomMap.Of(typeof(Program).Assembly).Compare(Table);
        Assert.True(wrong.Count == 0, string.Join(Environment.NewLine, wrong));
    }
}
