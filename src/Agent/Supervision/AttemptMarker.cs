using System.Globalization;
using System.Text;
using TaskConsole.Agent.Attempts;

namespace TaskConsole.Agent.Supervision;

/// <summary>
/// Two variables in the environment of every process of an attempt, by which what is left of it is found
/// when nothing else leads there.
/// </summary>
internal sealed class AttemptMarker(AttemptId id)
{
    private readonly byte[] _commandHost = Encoding.ASCII.GetBytes($"TASKCONSOLE_COMMAND_HOST_ID={id.CommandHostId:D}");
    private readonly byte[] _attempt = Encoding.ASCII.GetBytes($"TASKCONSOLE_ATTEMPT={id.Attempt.ToString(CultureInfo.InvariantCulture)}");

    /// <summary>NAME=value of both.</summary>
    public IReadOnlyList<byte[]> Entries => [_commandHost, _attempt];

    /// <summary>Whether this process was started with it; false when it is gone or not ours to look at.</summary>
    public bool IsCarriedBy(int pid)
    {
        byte[] environment;
        try
        {
            environment = File.ReadAllBytes($"/proc/{pid.ToString(CultureInfo.InvariantCulture)}/environ");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return false;
        }

        return Holds(environment, _commandHost) && Holds(environment, _attempt);
    }

    private static bool Holds(ReadOnlySpan<byte> environment, ReadOnlySpan<byte> entry)
    {
        foreach (var range in environment.Split((byte)0))
        {
            if (environment[range].SequenceEqual(entry))
                return true;
        }

        return false;
    }
}
