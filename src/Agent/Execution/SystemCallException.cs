namespace TaskConsole.Agent.Execution;

/// <summary>The kernel refused something.</summary>
/// <param name="what">What was tried: a path, or the name of the call.</param>
/// <param name="errno">Number of the error, which <see cref="Exception.HResult"/> holds.</param>
internal sealed class SystemCallException(string what, int errno) : IOException($"{what}: {Libc.Describe(errno)}", errno)
{
    public string What => what;
}
