using System.Buffers;
using System.Text;
using CsCheck;
using TaskConsole.Agent.Masking;

namespace TaskConsole.Agent.Tests;

public sealed class SecretMaskerTests
{
    // Two letters, so that patterns overlap, hold each other, and begin again and again.
    private static readonly Gen<byte[]> Text = Gen.Byte[(byte)'a', (byte)'b'].Array[0, 200];
    private static readonly Gen<byte[][]> Patterns = Gen.Byte[(byte)'a', (byte)'b'].Array[0, 12].Array[0, 8];
    private static readonly Gen<int[]> Cuts = Gen.Int[1, 9].Array[1, 60];

    // Letters, blanks, line ends, and what JSON escapes.
    private static readonly Gen<byte[]> Written = Gen.Int[0, 8].Select(letter => "ab \t\r\n\"\\<"u8[letter]).Array[0, 40];

    [Fact]
    public void A_form_of_a_value_that_is_too_short_to_be_a_secret_is_not_masked()
    {
        Assert.DoesNotContain(SecretForms.Of([Encoding.ASCII.GetBytes("a\n\n\n")]), form => form.Length < 4);
        Assert.DoesNotContain(SecretForms.Of([Encoding.ASCII.GetBytes("   b ")]), form => form.Length < 4);
    }

    [Fact]
    public void However_the_stream_is_cut_each_union_of_overlapping_matches_becomes_one_mask() =>
        Gen.Select(Text, Patterns, Cuts).Sample(
            (text, patterns, cuts) => Assert.Equal(Naive(text, patterns), Masked(text, SecretAutomaton.ForPatterns([.. patterns]), cuts)),
            iter: 50_000);

    [Fact]
    public void The_same_holds_for_all_forms_of_values_within_a_text_of_them() =>
        Gen.Select(Written.Array[0, 3], Written.Array[0, 4], Cuts).Sample(
            (secrets, plain, cuts) =>
            {
                var forms = SecretForms.Of(secrets);
                byte[] text = [.. plain.SelectMany((part, i) => forms.Count == 0 ? part : [.. part, .. forms[i * 7 % forms.Count]])];
                Assert.Equal(Naive(text, forms), Masked(text, SecretAutomaton.ForSecrets(secrets), cuts));
            },
            iter: 20_000);

    [Fact]
    public void Long_patterns_in_large_pieces_are_masked_as_by_the_rule() =>
        Gen.Select(Gen.Byte[(byte)'a', (byte)'b'].Array[0, 1_500].Array[1, 4], Gen.Int[0, 3].Array[0, 12], Gen.Int[1, 900].Array[1, 8]).Sample(
            (patterns, order, cuts) =>
            {
                // Beginnings of patterns, one behind the other, so that much is held.
                byte[] text = [.. order.SelectMany((index, i) => patterns[index % patterns.Length].Take(i % 3 == 0 ? int.MaxValue : 700))];
                Assert.Equal(Naive(text, patterns), Masked(text, SecretAutomaton.ForPatterns([.. patterns]), cuts));
            },
            iter: 200);

    [Fact]
    public void Patterns_of_many_lengths_are_masked_as_by_the_rule()
    {
        byte[][] patterns = [.. Enumerable.Range(1, 400).Select(length => (byte[])[.. Enumerable.Repeat((byte)'a', length), (byte)(length % 2 == 0 ? 'b' : 'c')])];
        byte[] text = [.. Enumerable.Range(1, 500).SelectMany(length => (byte[])[(byte)'-', .. Enumerable.Repeat((byte)'a', length), (byte)(length % 3 == 0 ? 'b' : 'c')])];
        Assert.Equal(Naive(text, patterns), Masked(text, SecretAutomaton.ForPatterns([.. patterns]), [7]));
    }

    [Theory]
    [InlineData("a password b", "a ******** b")]
    [InlineData("a passwort b", "a ********wort b")]
    [InlineData("a passwor", "a ********wor")]
    [InlineData("passpass", "****************")]
    [InlineData("a xpasswordx b", "a x********x b")]
    [InlineData("a password-end b", "a ******** b")]
    public void Matches_that_overlap_become_one_and_those_that_touch_one_each(string text, string masked) =>
        Assert.Equal(masked, MaskedText(text, "pass", "password", "word-end"));

    [Fact]
    public void What_may_begin_a_secret_is_held_until_it_is_decided_and_let_go_at_the_end()
    {
        var masker = new SecretMasker(SecretAutomaton.ForSecrets(["secret"u8.ToArray()]));
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
    public void A_secret_is_masked_as_soon_as_it_is_whole_though_a_longer_one_may_come()
    {
        var masker = new SecretMasker(SecretAutomaton.ForSecrets(["-secret-"u8.ToArray(), "secret"u8.ToArray()]));
        var output = new ArrayBufferWriter<byte>();
        masker.Write("my secret."u8, output);
        Assert.Equal("my ********.", Encoding.UTF8.GetString(output.WrittenSpan));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData(" \t\r\n ")]
    public void Empty_and_blank_values_mask_nothing(string value)
    {
        Assert.Null(SecretAutomaton.ForSecrets([Encoding.UTF8.GetBytes(value)]));
        Assert.Equal("as it\tis \r\n ", MaskedText("as it\tis \r\n ", value));
        Assert.Null(SecretAutomaton.ForSecrets([]));
    }

    [Theory]
    [InlineData("hunter2pass\n", "[hunter2pass]", "[********]")]
    [InlineData("hunter2pass\n", "hunter2pass\nnext", "********next")]
    [InlineData("  two words\t", "<two words>", "<********>")]
    [InlineData("  two \t\n words ", "<two words>", "<********>")]
    [InlineData("first-line\r\nsecond", "<first-line\r second>", "<********>")]
    [InlineData("first-line\r\nsecond", "<first-line second>", "<********>")]
    [InlineData("first-line\nsecond", "<first-line\r\nsecond>", "<********>")]
    [InlineData("first-line\r\nsecond", "<first-line\nsecond>", "<********>")]
    [InlineData("first-line\nx\nsecond\n", "> first-line\n> x\n> second\n", "> ********\n> x\n> ********\n")]
    [InlineData("one\n  indented\n      \n", "one indented      ", "********      ")]
    [InlineData("one\n  indented\n      \n", "one, indented      ", "one, ********      ")]
    [InlineData("a\"b\\c\td", """{"key":"a\"b\\c\td"}""", """{"key":"********"}""")]
    [InlineData("line\none\u0001\n", """{"key":"line\none\u0001\n"}""", """{"key":"********"}""")]
    [InlineData("line\none\u0001\n", """{"key":"line\none\u0001"}""", """{"key":"********"}""")]
    [InlineData("line\r\nones", """{"key":"line\nones"}""", """{"key":"********"}""")]
    [InlineData("pass\\nword\\\\9\\x", "<pass\nword\\9\\x>", "<********>")]
    [InlineData("{\"key\":\"BEGIN\\nMIIabc-line\\nEND\"}", "BEGIN\nMIIabc-line\nEND", "BEGIN\n********\nEND")]
    [InlineData("two  \\t words", "two \t words", "********")]
    [InlineData("pässwörd😀", """{"key":"p\u00e4ssw\u00f6rd\ud83d\ude00"}""", """{"key":"********"}""")]
    [InlineData("a<b>&\"c", """{"key":"a\u003cb\u003e\u0026\"c"}""", """{"key":"********"}""")]
    public void Each_form_in_which_a_value_is_printed_is_masked(string value, string printed, string masked) =>
        Assert.Equal(masked, MaskedText(printed, value));

    [Fact]
    public void Values_of_any_bytes_and_any_length_are_taken()
    {
        var random = new Random(14);
        byte[][] values = [.. Enumerable.Range(1, 40).Select(number => new byte[number * number * 40])];
        foreach (var value in values)
            random.NextBytes(value);
        values[7] = [0xFF];
        values[9] = [.. Enumerable.Repeat((byte)0, 100_000)];
        Assert.Equal("********"u8, Masked(values[39], SecretAutomaton.ForSecrets(values), [4_096]));
    }

    [Fact]
    public void Nothing_is_allocated_for_a_piece_once_as_much_as_ever_has_been_held()
    {
        byte[] pattern = [.. Enumerable.Repeat("abcdefgh"u8.ToArray(), 500).SelectMany(part => part)];
        var masker = new SecretMasker(SecretAutomaton.ForSecrets([pattern, "secret"u8.ToArray()]));
        var output = new ArrayBufferWriter<byte>(1 << 20);
        byte[] piece = [.. pattern.AsSpan(..3_000), .. "a secret, "u8, .. pattern, .. pattern.AsSpan(..3_999)];
        for (var round = 0; round < 8; round++)
            masker.Write(piece, output);
        output.ResetWrittenCount();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var round = 0; round < 50; round++)
            masker.Write(piece, output);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void The_states_of_many_secrets_are_those_of_their_bytes()
    {
        var random = new Random(14);
        byte[][] values = [.. Enumerable.Range(0, 4).Select(_ => Line(random, 16 * 1024))];
        Assert.InRange(SecretAutomaton.ForSecrets(values)!.States, 60_000, 64 * 1024 + 1);
    }

    private static byte[] Line(Random random, int length) => [.. random.GetItems("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"u8.ToArray(), length)];

    private static string MaskedText(string text, params string[] secrets) =>
        Encoding.UTF8.GetString(Masked(Encoding.UTF8.GetBytes(text), SecretAutomaton.ForSecrets([.. secrets.Select(Encoding.UTF8.GetBytes)]), [1]));

    private static byte[] Masked(byte[] text, SecretAutomaton? automaton, int[] cuts)
    {
        var masker = new SecretMasker(automaton);
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

    // The rule itself: all matches of all patterns anywhere, those that share a byte made one, each of these one mask.
    private static byte[] Naive(byte[] text, IEnumerable<byte[]> patterns)
    {
        var covered = new bool[text.Length];
        var joined = new bool[text.Length];
        foreach (var pattern in patterns.Where(pattern => pattern.Length > 0))
        {
            for (var start = 0; start + pattern.Length <= text.Length; start++)
            {
                if (!text.AsSpan(start).StartsWith(pattern))
                    continue;
                covered.AsSpan(start, pattern.Length).Fill(true);
                joined.AsSpan(start + 1, pattern.Length - 1).Fill(true);
            }
        }

        List<byte> result = [];
        for (var position = 0; position < text.Length; position++)
        {
            if (!covered[position])
                result.Add(text[position]);
            else if (!joined[position])
                result.AddRange(SecretMasker.Mask);
        }

        return [.. result];
    }
}
