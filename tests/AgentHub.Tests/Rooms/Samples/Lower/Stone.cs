namespace TaskConsole.AgentHub.Tests.Rooms.Samples.Lower;

internal static class Stone
{
    public const int Kilograms = 3;

    public static int Count => 4;
}
