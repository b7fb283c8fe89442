using System.Text.Json;
using TaskConsole.Core.Tasks.Composing;

namespace TaskConsole.Core.Tests.Tasks.Composing;

public sealed class SettledScriptTests
{
    [Theory]
    [InlineData("echo\n", null, "/bin/sh")]
    [InlineData("echo\n", "/bin/bash -e", "/bin/bash|-e")]
    [InlineData("#!/bin/bash\necho\n", null, "/bin/bash", """interpreter.shebang {"command":3,"interpreter":"/bin/bash"}""")]
    [InlineData("#!/usr/bin/env -S python3 -u\n", null, "/usr/bin/env|python3|-u", """interpreter.shebang {"command":3,"interpreter":"/usr/bin/env python3 -u"}""")]
    [InlineData("#!/bin/bash\necho\n", "/bin/bash", "/bin/bash")]
    [InlineData("#!/bin/bash -e\necho\n", "/bin/bash", "/bin/bash", """interpreter.named {"command":3,"interpreter":"/bin/bash","shebang":"/bin/bash -e"}""")]
    [InlineData("\n#!/bin/bash\necho\n", null, "/bin/sh", """interpreter.late-shebang {"command":3,"line":2,"shebang":"#!/bin/bash","interpreter":"/bin/sh"}""")]
    [InlineData("\n#!/bin/bash\necho\n", "bash", "bash")]
    [InlineData(
        "\uFEFF#!/bin/bash\r\necho\u00A0a\r\n",
        null,
        "/bin/bash",
        """script.bom {"command":3,"count":1}""",
        """script.line-ends {"command":3,"lines":2}""",
        """script.invisible {"command":3,"line":2,"character":"U+00A0","count":1}""",
        """interpreter.shebang {"command":3,"interpreter":"/bin/bash"}""")]
    public void The_interpreter_is_the_named_one_else_that_of_the_first_line_and_what_was_settled_is_told(string script, string? named, string interpreter, params string[] notices)
    {
        var settled = SettledScript.Of(3, script, named is null ? null : InterpreterSpec.Line(named));
        Assert.Equal(interpreter, string.Join('|', settled.Interpreter));
        Assert.Equal(notices, settled.Notices.Select(Text));
        Assert.All(settled.Notices, notice => Assert.Contains(notice.Code, NoticeCode.All));
    }

    [Fact]
    public void A_list_is_taken_word_by_word() =>
        Assert.Equal(["python3", "-c", "a b", ""], SettledScript.Of(0, "x", InterpreterSpec.List("python3", "-c", "a b", "")).Interpreter);

    [Fact]
    public void What_is_still_being_typed_settles_as_if_it_were_not_there() =>
        Assert.Equal(["/bin/bash"], SettledScript.Of(0, "#!/bin/bash", InterpreterSpec.Line("bash 'x")).Interpreter);

    [Fact]
    public void A_notice_shows_the_beginning_of_a_long_line()
    {
        var notice = Assert.Single(SettledScript.Of(0, "#!" + string.Concat(Enumerable.Repeat("😀", 50_000)), InterpreterSpec.Line("sh")).Notices);
        Assert.InRange(notice.Arguments["shebang"].GetString()!.Length, 190, 200);
    }

    private static string Text(CodedMessage notice) =>
        $"{notice.Code} {{{string.Join(',', notice.Arguments.Select(argument => $"\"{argument.Key}\":{Text(argument.Value)}"))}}}";

    private static string Text(JsonElement value) => value.ValueKind == JsonValueKind.String ? $"\"{value.GetString()}\"" : value.GetRawText();
}
