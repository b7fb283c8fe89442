using TaskConsole.Agent.Execution;
using TaskConsole.Contract;
using TaskConsole.Protocol.V1;

namespace TaskConsole.Agent.Details;

/// <summary>Makes what the agent tells of an attempt beyond its outcome: a code of <see cref="AttemptDetailCode"/> with its arguments.</summary>
internal static class AttemptDetail
{
    private const int ErrnoInputOutput = 5;
    private const int HighestErrno = 4095;

    /// <param name="code">One of <see cref="AttemptDetailCode"/>.</param>
    /// <param name="arguments">As the code's docstring names them.</param>
    public static Detail Of(string code, params ReadOnlySpan<(string Name, DetailArgument Value)> arguments)
    {
        var detail = new Detail { Code = code };
        foreach (var (name, value) in arguments)
            detail.Arguments.Add(name, value);
        return detail;
    }

    /// <summary>A code whose arguments are <c>what, errno</c>.</summary>
    public static Detail Of(string code, IOException failure)
    {
        var what = failure is SystemCallException call ? call.What : failure.Message;
        var errno = failure.HResult is > 0 and <= HighestErrno ? failure.HResult : ErrnoInputOutput;
        return Of(code, ("what", Text(what)), ("errno", Number(errno)));
    }

    public static DetailArgument Text(string text) => new() { Text = text };

    public static DetailArgument Number(long number) => new() { Number = number };

    /// <summary>For the agent's own log: <c>code name=value …</c>.</summary>
    public static string Describe(Detail detail) =>
        string.Join(' ', detail.Arguments.OrderBy(argument => argument.Key, StringComparer.Ordinal).Select(argument => $"{argument.Key}={(argument.Value.ValueCase == DetailArgument.ValueOneofCase.Number ? argument.Value.Number : argument.Value.Text)}").Prepend(detail.Code));
}
