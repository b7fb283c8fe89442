using System.Buffers;
using System.Globalization;
using System.Text;
using TaskConsole.Agent.Journal;

namespace TaskConsole.Agent.Supervision;

/// <summary>
/// Two variables in the environment of every script. What a script starts inherits them, and may change them: so they
/// serve to tell people what may still run, and never decide what is killed.
/// </summary>
internal sealed class AttemptMark(AttemptId id)
{
    private const int MostEnvironmentBytes = 1 << 20;
    private readonly byte[] _commandHost = Encoding.ASCII.GetBytes($"TASKCONSOLE_COMMAND_HOST_ID={id.CommandHostId:D}");
    private readonly byte[] _attempt = Encoding.ASCII.GetBytes($"TASKCONSOLE_ATTEMPT={id.Attempt.ToString(CultureInfo.InvariantCulture)}");

    /// <summary>NAME=value of both.</summary>
    public IReadOnlyList<byte[]> Entries => [_commandHost, _attempt];

    /// <summary>How many processes carry it now, as far as this user may look.</summary>
    public int CountCarriers()
    {
        var buffer = ArrayPool<byte>.Shared.Rent(MostEnvironmentBytes);
        try
        {
            return ProcessEntry.ReadAll().Count(entry => !entry.IsZombie && IsCarriedBy(entry.Pid, buffer));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private bool IsCarriedBy(int pid, byte[] buffer)
    {
        var environment = buffer.AsSpan(0, ProcFile.Read(pid, "environ", buffer));
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
