using System.Diagnostics;
using CsCheck;
using TaskConsole.Core.Tasks.Composing;

namespace TaskConsole.Core.Tests.Tasks.Composing;

public sealed class ShellWordsTests
{
    [Theory]
    [InlineData("")]
    [InlineData("  \t ")]
    [InlineData("/bin/sh", "/bin/sh")]
    [InlineData(" /bin/bash\t-e  -u ", "/bin/bash", "-e", "-u")]
    [InlineData("python3 -c 'print(1)' \"a b\"", "python3", "-c", "print(1)", "a b")]
    [InlineData("a''b'c d'\"e f\"g", "abc de fg")]
    [InlineData("a '' \"\"", "a", "", "")]
    [InlineData(@"a\ b \'c \\ \""", "a b", "'c", @"\", "\"")]
    [InlineData("\"\\$ \\` \\\" \\\\ \\n \\' $x `y`\"", "$ ` \" \\ \\n \\' $x `y`")]
    [InlineData(@"'\ $x `y` "" \'", "\\ $x `y` \" \\")]
    [InlineData("$HOME * ~ ; | & # > {a,b} !x", "$HOME", "*", "~", ";", "|", "&", "#", ">", "{a,b}", "!x")]
    [InlineData("a\\\nb \"c\\\nd\"", "ab", "cd")]
    [InlineData("python3 'é 你 😀'", "python3", "é 你 😀")]
    public void Words_are_those_of_a_shell_that_expands_nothing(string text, params string[] words)
    {
        Assert.True(ShellWords.TrySplit(text, out var found, out var error), error?.ToString());
        Assert.Equal(words, found);
    }

    [Theory]
    [InlineData("bash 'x", "command.interpreter.quote (quote: ', character: 6, longest: 1024)")]
    [InlineData("bash \"x'", "command.interpreter.quote (quote: \", character: 6, longest: 1024)")]
    [InlineData("bash \"x\\\"", "command.interpreter.quote (quote: \", character: 6, longest: 1024)")]
    [InlineData("bash x\\", "command.interpreter.backslash (longest: 1024)")]
    public void What_is_not_closed_is_told_with_its_place(string text, string why)
    {
        Assert.False(ShellWords.TrySplit(text, out _, out var error));
        Assert.Equal(why, error.ToString());
    }

    [Fact]
    public void Splitting_what_was_quoted_gives_it_back() =>
        Words(Gen.Char).Sample(words =>
        {
            Assert.True(ShellWords.TrySplit(ShellWords.Join(words), out var found, out var error), error?.ToString());
            Assert.Equal(words, found);
        });

    [Fact]
    public void A_real_shell_reads_what_was_quoted_as_the_same_words() =>
        Words(Gen.OneOf(Gen.Char[' ', '~'], Gen.Const('\t'), Gen.Const('\n'), Gen.Const('é'))).Sample(
            words => Assert.Equal(words, InShell(ShellWords.Join(words))),
            iter: 60);

    // Mostly what means something to a shell.
    private static Gen<string[]> Words(Gen<char> others) =>
        Gen.OneOf(Gen.Char[" \t\n'\"\\$`*?~#;|&<>(){}[]!=-aé"], others).Array[0, 12].Select(characters => new string(characters)).Array[0, 6];

    private static List<string> InShell(string line)
    {
        // A word before them: printf without any would print an empty one.
        using var shell = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", $"printf '%s\\0' first {line}"]) { RedirectStandardOutput = true, UseShellExecute = false })!;
        var output = shell.StandardOutput.ReadToEnd();
        shell.WaitForExit();
        return [.. output.Split('\0')[1..^1]];
    }
}
