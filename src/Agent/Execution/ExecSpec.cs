using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace TaskConsole.Agent.Execution;

/// <summary>
/// What the exec role becomes, told through a pipe as one block that it uses in place, without a parser: six
/// 32-bit numbers, little-endian (length of the whole, whether a user is given, uid, gid, count of arguments, count of variables),
/// then texts that each end with a zero: user, working directory, search path, arguments, variables. Never
/// written to a file: it holds secrets.
/// </summary>
internal sealed record ExecSpec
{
    /// <summary>Bytes of the numbers.</summary>
    public const int HeaderBytes = 6 * sizeof(int);

    /// <summary>Larger blocks are refused: nothing that the wire allows comes near it.</summary>
    public const int MostBytes = 8 << 20;

    /// <summary>Null: stay who you are.</summary>
    public UserAccount? User { get; init; }

    public required string WorkingDirectory { get; init; }

    /// <summary>Where the program is looked up when it has no slash.</summary>
    public required string SearchPath { get; init; }

    /// <summary>The program, what it is given before the script, and the script's path.</summary>
    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary>NAME=value, complete.</summary>
    public required IReadOnlyList<byte[]> Environment { get; init; }

    public byte[] Encode()
    {
        var block = new ArrayBufferWriter<byte>(16 * 1024);
        block.Advance(HeaderBytes);
        Append(block, User?.Name ?? "");
        Append(block, WorkingDirectory);
        Append(block, SearchPath);
        foreach (var argument in Arguments)
            Append(block, argument);
        foreach (var variable in Environment)
        {
            block.Write(variable);
            block.Write([(byte)0]);
        }

        var bytes = block.WrittenSpan.ToArray();
        int[] numbers = [bytes.Length, User is null ? 0 : 1, (int)(User?.Uid ?? 0), (int)(User?.Gid ?? 0), Arguments.Count, Environment.Count];
        for (var i = 0; i < numbers.Length; i++)
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(i * sizeof(int)), numbers[i]);
        return bytes;
    }

    private static void Append(ArrayBufferWriter<byte> block, string text)
    {
        Encoding.UTF8.GetBytes(text, block);
        block.Write([(byte)0]);
    }
}
