using System.Buffers;

namespace TaskConsole.Core.Outputs;

/// <summary>Numbers from 0 on, seven bits a byte, the lowest first; the highest bit says that another byte follows.</summary>
internal static class PackedNumbers
{
    private const int MaxBytes = 10;

    /// <summary>Appends a number.</summary>
    public static void Write(ArrayBufferWriter<byte> buffer, ulong number)
    {
        var span = buffer.GetSpan(MaxBytes);
        var length = 0;
        for (; number >= 0x80; number >>= 7)
        {
            span[length++] = (byte)(number | 0x80);
        }

        span[length++] = (byte)number;
        buffer.Advance(length);
    }

    /// <summary>Reads the number at <paramref name="position"/> and moves behind it.</summary>
    /// <exception cref="InvalidDataException">There is none.</exception>
    public static ulong Read(ReadOnlySpan<byte> packed, ref int position)
    {
        var number = 0UL;
        for (var length = 0; length < MaxBytes && position < packed.Length; length++)
        {
            var next = packed[position++];
            number |= (ulong)(next & 0x7f) << (7 * length);
            if (next < 0x80)
            {
                return number;
            }
        }

        throw new InvalidDataException("A packed number has no end.");
    }
}
