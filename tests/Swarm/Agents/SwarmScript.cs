using System.Globalization;

namespace TaskConsole.Swarm.Agents;

/// <summary>What a script asks of a simulated agent: its text is <c>swarm bytes=20 ms=0 exit=0</c>, each part optional.</summary>
/// <param name="Bytes">Output.</param>
/// <param name="Milliseconds">How long it takes.</param>
/// <param name="ExitCode">What it ends with.</param>
/// <param name="Distinct">The output differs from host to host.</param>
/// <param name="BytesPerSecond">It prints so much without end, until it is canceled; 0: it ends.</param>
/// <param name="Flaps">The agent's session breaks in the midst of it.</param>
internal sealed record SwarmScript(long Bytes, int Milliseconds, int ExitCode, bool Distinct, long BytesPerSecond = 0, bool Flaps = false)
{
    /// <summary>Each host takes a time of its own, evenly up to <see cref="Milliseconds"/>.</summary>
    public bool Spread { get; init; }

    public bool IsEndless => BytesPerSecond > 0;

    /// <param name="text">The script.</param>
    /// <param name="number">Of the agent that runs it; where the behaviours are mixed, it decides.</param>
    public static SwarmScript Parse(string text, int number)
    {
        if (text.Trim() == SwarmMix.Script)
        {
            return SwarmMix.Of(number);
        }

        var parts = text.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(part => part.Split('=', 2))
            .Where(part => part.Length == 2)
            .ToDictionary(part => part[0], part => part[1], StringComparer.Ordinal);
        return new SwarmScript(Number("bytes", 20), (int)Number("ms", 0), (int)Number("exit", 0), Number("distinct", 0) != 0, Number("endless", 0)) { Spread = Number("spread", 0) != 0 };

        long Number(string name, long usual) => parts.TryGetValue(name, out var value) ? long.Parse(value, CultureInfo.InvariantCulture) : usual;
    }

    /// <summary>As one host does it: with a time of its own.</summary>
    public SwarmScript OnOneHost() => Spread ? this with { Milliseconds = Random.Shared.Next(Milliseconds + 1) } : this;

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"swarm bytes={Bytes} ms={Milliseconds} exit={ExitCode} distinct={(Distinct ? 1 : 0)} endless={BytesPerSecond} spread={(Spread ? 1 : 0)}");
}
