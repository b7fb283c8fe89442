namespace TaskConsole.Agent.Tests.Traces;

/// <summary>One call as strace wrote it. Begin and end are places in the one order of all processes.</summary>
/// <param name="Result">What stands behind the equals sign; empty when it did not come back.</param>
public sealed record SystemCall(string Name, string Arguments, string Result, int Begin, int End)
{
    public bool Succeeded => Result is "0" || (Result.Length > 0 && char.IsAsciiDigit(Result[0]));
}
