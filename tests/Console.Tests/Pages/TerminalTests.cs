using System.Text;
using TaskConsole.Console.Components.Output;
using TaskConsole.Core.Outputs;

namespace TaskConsole.Console.Tests.Pages;

/// <summary>What hostile and ordinary output becomes on the screen.</summary>
public sealed class TerminalTests
{
    private const string Esc = "\u001b";

    [Theory]
    [InlineData("plain\n", "plain")]
    [InlineData("no line end", "no line end")]
    [InlineData("windows\r\nlines\r\n", "windows|lines")]
    [InlineData("\n\n", "|")]
    [InlineData("10%\r50%\r100%\n", "100%")]
    [InlineData("long progress\rok\u001b[K\n", "ok")]
    [InlineData("abc\rX\n", "Xbc")]
    [InlineData("abc\b\bX\n", "aXc")]
    [InlineData("\r\r\b\bstart\n", "start")]
    [InlineData("abcdef\u001b[2Dxy\n", "abcdxy")]
    [InlineData("abc\u001b[1Gz\n", "zbc")]
    [InlineData("abc\u001b[2K\u001b[1Gnew\n", "new")]
    [InlineData("abc\u001b[3Cd\n", "abc   d")]
    [InlineData("tab\there\n", "tab\there")]
    public void A_line_shows_what_a_terminal_would_leave_of_it(string output, string lines) =>
        Assert.Equal(lines.Split('|'), Log.Of(output).Texts());

    [Theory]
    [InlineData("\u001b]0;owned title\u0007safe\n")]
    [InlineData("\u001b]0;owned title\u001b\\safe\n")]
    [InlineData("\u001b]8;;http://evil.example\u001b\\safe\u001b]8;;\u001b\\\n")]
    [InlineData("\u001b]52;c;cm0gLXJmIC8=\u0007safe\n")]
    [InlineData("\u001bP1$r q\u001b\\safe\n")]
    [InlineData("\u001b_application\u001b\\safe\n")]
    [InlineData("\u001b^private\u001b\\safe\n")]
    [InlineData("\u001b[2J\u001b[Hsafe\n")]
    [InlineData("\u001b[?1049h\u001b[?25lsafe\u001b[?1049l\n")]
    [InlineData("\u001b[10;10H\u001b[5Asafe\u001b[999B\n")]
    [InlineData("\u001b(0\u001b)Bsafe\n")]
    [InlineData("\u001bc\u001b7\u001b8safe\n")]
    [InlineData("\u009b31msafe\u009b0m\n")]
    [InlineData("\u009dtitle\u009csafe\n")]
    [InlineData("sa\u0007fe\n")]
    [InlineData("\u001b[31;\u0018safe\n")]
    [InlineData("safe\u001b[")]
    [InlineData("safe\u001b]0;never ended")]
    [InlineData("safe\u001b")]
    public void Sequences_that_a_viewer_has_no_use_for_are_swallowed(string output) => Assert.Equal(["safe"], Log.Of(output).Texts());

    [Fact]
    public void A_sequence_that_never_ends_hides_nothing_past_its_line() =>
        Assert.Equal(["before", "after"], Log.Of($"before{Esc}]0;endless\nafter\n").Texts());

    [Fact]
    public void A_string_sequence_without_end_stops_swallowing_at_its_limit()
    {
        var document = Log.Of($"{Esc}]{new string('x', 20_000)}");
        Assert.True(document[0].Text.Length > 1000);
    }

    [Fact]
    public void Sequences_cut_anywhere_are_read_as_if_they_were_whole()
    {
        var bytes = Encoding.UTF8.GetBytes($"a{Esc}[1;38;5;196m红色{Esc}[0m{Esc}]0;t{Esc}\\b😀\r\n");
        var whole = Log.Of(complete: true, Log.Bytes(OutputStream.Stdout, bytes));
        for (var cut = 1; cut < bytes.Length; cut++)
        {
            var halves = Log.Of(complete: true, Log.Bytes(OutputStream.Stdout, bytes[..cut]), Log.Bytes(OutputStream.Stdout, bytes[cut..]));
            Assert.Equal(whole[0].Runs, halves[0].Runs);
            Assert.Equal(1, halves.Count);
        }

        Assert.Equal("a红色b😀", whole[0].Text);
    }

    [Fact]
    public void Bytes_that_are_no_text_become_marks_and_never_stop_the_view()
    {
        var document = Log.Of(complete: true, Log.Bytes(OutputStream.Stdout, 0x41, 0xff, 0xfe, 0xc3, 0x28, 0x00, 0x42, 0x0a, 0xf0, 0x9f, 0x98));
        Assert.Equal(["A\ufffd\ufffd\ufffd(␀B", "\ufffd"], document.Texts());
    }

    [Fact]
    public void Random_bytes_leave_only_what_can_be_shown()
    {
        var random = new Random(20261124);
        var bytes = new byte[200_000];
        random.NextBytes(bytes);
        var document = Log.Of(complete: true, bytes.Chunk(777).Select(part => Log.Bytes(random.Next(2) == 0 ? OutputStream.Stdout : OutputStream.Stderr, part)));
        foreach (var text in document.Texts())
        {
            Assert.DoesNotContain(text, character => char.IsControl(character) && character != '\t');
            _ = new UTF8Encoding(false, throwOnInvalidBytes: true).GetBytes(text);
        }
    }

    [Fact]
    public void Half_of_an_overwritten_pair_is_no_character() =>
        Assert.Equal(["X\ufffd"], Log.Of("😀\rX\n").Texts());

    [Fact]
    public void Marks_that_turn_the_direction_of_text_are_shown_and_not_obeyed() =>
        Assert.Equal(["a\ufffdb\ufffd␤"], Log.Of("a\u202eb\u2066\u2028\n").Texts());

    [Fact]
    public void A_very_long_line_is_cut_and_says_by_how_much()
    {
        var document = Log.Of(new string('x', LineCells.MaxLength + 1234) + "\nnext\n");
        Assert.Equal(LineCells.MaxLength, document[0].Text.Length);
        Assert.Equal(1234, document[0].HiddenCharacters);
        Assert.Equal("next", document[1].Text);
    }

    [Fact]
    public void A_cursor_sent_far_away_costs_no_memory()
    {
        var document = Log.Of($"{Esc}[999999999Gx{Esc}[2000000000Cy\n");
        Assert.True(document[0].Text.Length <= LineCells.MaxLength);
    }

    [Fact]
    public void Streams_keep_their_own_lines_when_they_interleave()
    {
        var document = Log.Of(complete: true, Log.Stdout("half "), Log.Stderr("trouble\n"), Log.Stdout("line\n"));
        Assert.Equal(["half line", "trouble"], document.Texts());
        Assert.Equal([LogLineKind.Stdout, LogLineKind.Stderr], [document[0].Kind, document[1].Kind]);
    }

    [Fact]
    public void A_line_without_end_is_seen_while_it_is_written()
    {
        var document = new LogDocument();
        document.Append(Log.Stdout("Password"));
        Assert.Equal(["Password"], document.Texts());
        document.Append(Log.Stdout(": "));
        Assert.Equal(["Password: "], document.Texts());
    }

    [Fact]
    public void Colours_of_one_stream_do_not_leak_into_the_other()
    {
        var document = Log.Of(complete: true, Log.Stdout($"{Esc}[31mred\n"), Log.Stderr("plain\n"), Log.Stdout("still red\n"));
        Assert.Equal(1, document[0].Runs[0].Style.Foreground);
        Assert.Equal(TextStyle.Plain, document[1].Runs[0].Style);
        Assert.Equal(1, document[2].Runs[0].Style.Foreground);
    }

    [Fact]
    public void Bytes_that_were_left_out_have_a_line_of_their_own()
    {
        var document = Log.Of(complete: true, Log.Stdout($"{Esc}[31mhea"), new OutputChunk(OutputStream.Stdout, 3, 5000, default, Omitted: true), Log.Stdout("tail\n"));
        Assert.Equal(["hea", "", "tail"], document.Texts());
        Assert.Equal(LogLineKind.Omitted, document[1].Kind);
        Assert.Equal(5000, document[1].OmittedBytes);
        Assert.Equal(TextStyle.Plain, document[2].Runs[0].Style);
    }

    [Fact]
    public void Memory_is_bounded_and_what_went_is_counted()
    {
        var document = new LogDocument();
        var block = Log.Stdout(string.Concat(Enumerable.Repeat("\n", 10_000)));
        for (var round = 0; round < 15; round++)
        {
            document.Append(block);
        }

        Assert.Equal(LogDocument.MaxLines, document.Count);
        Assert.Equal(50_000, document.Dropped);

        var wide = new LogDocument();
        var line = Log.Stdout(new string('x', 8_000) + "\n");
        for (var round = 0; round < 1_000; round++)
        {
            wide.Append(line);
        }

        Assert.InRange(wide.Count * 8_000L, LogDocument.MaxCharacters - 16_000, LogDocument.MaxCharacters + 16_000);
        Assert.Equal(1_000, wide.Count + wide.Dropped);
    }
}
