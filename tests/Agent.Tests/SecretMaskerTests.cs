using System.Buffers;
using System.Text;
using CsCheck;
using TaskConsole.Agent.Masking;

namespace TaskConsole.Agent.Tests;

public sealed class SecretMaskerTests
{
    // A small alphabet, so that secrets overlap, hold each other, and begin again and again.
    private static readonly Gen<byte[]> Text = Gen.Byte[(byte)'a', (byte)'c'].Array[0, 60];
    private static readonly Gen<byte[][]> Secrets = Gen.Byte[(byte)'a', (byte)'c'].Array[0, 7].Array[0, 4];

    [Fact]
    public void However_the_stream_is_cut_the_result_is_that_of_the_whole() =>
        Gen.Select(Text, Secrets, Gen.Int[1, 9].Array[1, 60]).Sample(
            (text, secrets, cuts) => Assert.Equal(Whole(text, secrets), Masked(text, secrets, cuts)),
            iter: 20_000);

    [Fact]
    public void The_longest_of_several_secrets_wins_also_when_it_is_decided_late()
    {
        byte[][] secrets = ["pass"u8.ToArray(), "password"u8.ToArray()];
        Assert.Equal("a ******** b", MaskedText("a password b", secrets));
        Assert.Equal("a ********wort b", MaskedText("a passwort b", secrets));
        Assert.Equal("a ********wor", MaskedText("a passwor", secrets));
    }

    [Fact]
    public void A_possible_beginning_is_held_until_it_is_decided_and_let_go_at_the_end()
    {
        var masker = new SecretMasker(["secret"u8.ToArray()]);
        var output = new ArrayBufferWriter<byte>();
        masker.Write("my sec"u8, output);
        Assert.Equal("my ", Encoding.UTF8.GetString(output.WrittenSpan));
        masker.Write("ond"u8, output);
        Assert.Equal("my second", Encoding.UTF8.GetString(output.WrittenSpan));
        masker.Write(" secre"u8, output);
        masker.Complete(output);
        Assert.Equal("my second secre", Encoding.UTF8.GetString(output.WrittenSpan));
    }

    [Fact]
    public void Empty_secrets_mask_nothing() => Assert.Equal("as it is", MaskedText("as it is", [[]]));

    private static string MaskedText(string text, byte[][] secrets) =>
        Encoding.UTF8.GetString(Masked(Encoding.UTF8.GetBytes(text), secrets, [1]));

    private static byte[] Masked(byte[] text, byte[][] secrets, int[] cuts)
    {
        var masker = new SecretMasker(secrets);
        var output = new ArrayBufferWriter<byte>();
        for (int position = 0, cut = 0; position < text.Length; cut++)
        {
            var length = Math.Min(cuts[cut % cuts.Length], text.Length - position);
            masker.Write(text.AsSpan(position, length), output);
            position += length;
        }

        masker.Complete(output);
        return output.WrittenSpan.ToArray();
    }

    // The rule itself: leftmost, then longest.
    private static byte[] Whole(byte[] text, byte[][] secrets)
    {
        List<byte> result = [];
        for (var position = 0; position < text.Length;)
        {
            var longest = secrets.Where(secret => secret.Length > 0 && text.AsSpan(position).StartsWith(secret)).Select(secret => secret.Length).DefaultIfEmpty(0).Max();
            if (longest > 0)
                result.AddRange(SecretMasker.Mask);
            else
                result.Add(text[position]);
            position += Math.Max(longest, 1);
        }

        return [.. result];
    }
}
