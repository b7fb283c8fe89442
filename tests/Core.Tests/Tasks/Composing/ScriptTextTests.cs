using CsCheck;
using TaskConsole.Core.Tasks.Composing;

namespace TaskConsole.Core.Tests.Tasks.Composing;

public sealed class ScriptTextTests
{
    private static readonly string[] LineEnds = ["\n", "\r\n", "\r\r\n"];

    [Theory]
    [InlineData("", "", 0, 0)]
    [InlineData("echo\n", "echo\n", 0, 0)]
    [InlineData("mkdir /tmp/x\r\nexit 0\r\n", "mkdir /tmp/x\nexit 0\n", 0, 2)]
    [InlineData("a\nb\r\nc\r\r\nd", "a\nb\nc\nd", 0, 2)]
    [InlineData("a\nexit 0\r", "a\nexit 0\n", 0, 1)]
    [InlineData("#!/bin/sh\recho a\r", "#!/bin/sh\necho a\n", 0, 2)]
    [InlineData("\r", "\n", 0, 1)]
    [InlineData("a\r\rb", "a\n\nb", 0, 2)]
    [InlineData("printf '1%\r2%\r\r3%'\necho\r\n", "printf '1%\r2%\r\r3%'\necho\n", 0, 1)]
    [InlineData("\uFEFF#!/bin/sh\necho hello\n", "#!/bin/sh\necho hello\n", 1, 0)]
    [InlineData("\uFEFF\uFEFFecho\r\n", "echo\n", 2, 1)]
    [InlineData("\uFEFF", "", 1, 0)]
    [InlineData("a\n\uFEFF#!/bin/sh\n", "a\n\uFEFF#!/bin/sh\n", 0, 0)]
    public void Byte_order_marks_before_it_go_and_each_line_ends_with_LF(string script, string text, int marks, int lineEnds) =>
        Assert.Equal(new ScriptText(text, marks, lineEnds), ScriptText.Normalise(script));

    [Fact]
    public void Any_mixture_of_line_ends_makes_the_same_script() =>
        Gen.Select(Gen.Char[" a#'\t\\é"].Array[0, 8].Select(characters => new string(characters)), Gen.Int[0, 2]).Array[1, 20].Sample(lines =>
        {
            var script = string.Concat(lines.Select(line => line.Item1 + LineEnds[line.Item2]));
            var text = ScriptText.Normalise(script);
            Assert.Equal(string.Concat(lines.Select(line => line.Item1 + "\n")), text.Text);
            Assert.Equal(lines.Count(line => line.Item2 > 0), text.LineEnds);
        });

    [Fact]
    public void What_was_normalised_is_left_alone() =>
        Gen.Char["\r\n\uFEFFa"].Array[0, 30].Select(characters => new string(characters)).Sample(script =>
        {
            var once = ScriptText.Normalise(script);
            Assert.DoesNotContain("\r\n", once.Text, StringComparison.Ordinal);
            Assert.False(once.Text.EndsWith('\r'));
            Assert.Equal(once with { ByteOrderMarks = 0, LineEnds = 0 }, ScriptText.Normalise(once.Text));
        });

    [Theory]
    [InlineData("echo 你好 é 😀\t'\u3000'\n", null)]
    [InlineData("a\nb\u00A0c\n\u200B", "U+00A0 in line 2, 2 in all")]
    [InlineData("a\n\uFEFF#!/bin/sh\n", "U+FEFF in line 2, 1 in all")]
    [InlineData("a\rb\n", "U+000D in line 1, 1 in all")]
    [InlineData("if access != \"user\u202E \u2066// Check\u2069 \u2066\"", "U+202E in line 1, 4 in all")]
    public void What_nobody_sees_is_found(string script, string? expected) =>
        Assert.Equal(expected, ScriptText.Normalise(script).FindInvisible() is var (character, line, count) ? $"U+{(int)character:X4} in line {line}, {count} in all" : null);
}
