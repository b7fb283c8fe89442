using TaskConsole.AgentHub.Tests.Rooms.Samples.Lower;

namespace TaskConsole.AgentHub.Tests.Rooms.Samples.Upper;

internal static class Roof
{
    // A constant alone: only the source tells.
    public const int Kilograms = 2 * Stone.Kilograms;
}
