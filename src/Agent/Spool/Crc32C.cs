using System.Numerics;
using System.Runtime.InteropServices;

namespace TaskConsole.Agent.Spool;

/// <summary>The checksum of Castagnoli, that processors compute by themselves.</summary>
internal static class Crc32C
{
    /// <param name="bytes">What it is of.</param>
    /// <param name="before">That of what stands before these bytes; 0: nothing.</param>
    public static uint Of(ReadOnlySpan<byte> bytes, uint before = 0)
    {
        var checksum = ~before;
        var words = MemoryMarshal.Cast<byte, ulong>(bytes);
        foreach (var word in words)
            checksum = BitOperations.Crc32C(checksum, word);
        foreach (var value in bytes[(words.Length * sizeof(ulong))..])
            checksum = BitOperations.Crc32C(checksum, value);
        return ~checksum;
    }
}
