namespace TaskConsole.AgentHub.Tests.Rooms.Samples.Right;

internal sealed class Other
{
    public static IEnumerable<Left.One> All => [];
}
