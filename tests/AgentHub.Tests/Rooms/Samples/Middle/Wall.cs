namespace TaskConsole.AgentHub.Tests.Rooms.Samples.Middle;

internal static class Wall
{
    // Without a using: only the code that was built tells.
    public static int Count() => Lower.Stone.Count;
}
