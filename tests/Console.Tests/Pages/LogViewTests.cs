using Bunit;
using TaskConsole.Console.Components.Output;
using TaskConsole.Core.Outputs;

namespace TaskConsole.Console.Tests.Pages;

public sealed class LogViewTests : PageTest
{
    private const string Esc = "\u001b";

    [Theory]
    [InlineData("<script>alert(1)</script>")]
    [InlineData("<img src=x onerror=alert(1)>")]
    [InlineData("\u001b[31m<b>bold</b>\u001b[0m<i>")]
    [InlineData("&lt;already&gt; &amp;")]
    [InlineData("</div></section><style>*{display:none}</style>")]
    [InlineData("\" onmouseover=\"alert(1)")]
    [InlineData("{{constructor}} @(1+1) javascript:alert(1)")]
    public void Markup_in_the_output_is_text(string output)
    {
        var view = Show(Log.Of(output + "\n"));
        var line = view.Find("[data-testid=log-line]");
        Assert.Equal(Log.Of(output).Texts()[0], line.TextContent);
        Assert.All(line.QuerySelectorAll("*"), element => Assert.Equal("SPAN", element.TagName));
    }

    [Fact]
    public void Lines_are_numbered_and_tell_their_stream()
    {
        var view = Show(Log.Of(complete: true, Log.Stdout("one\n"), Log.Stderr("two\n")));
        var lines = view.FindAll("[data-testid=log-line]");
        Assert.Equal(["1 stdout one", "2 stderr two"], lines.Select(line => $"{line.GetAttribute("data-line")} {line.GetAttribute("data-stream")} {line.TextContent}"));
        Assert.Contains("err", lines[1].ClassList);
    }

    [Fact]
    public void Colours_are_classes_and_numbers()
    {
        var view = Show(Log.Of($"plain {Esc}[1;31mred{Esc}[0m {Esc}[38;2;1;2;3mtrue\n"));
        var spans = view.FindAll("[data-testid=log-line] span");
        Assert.Equal("f1 t-bold", spans[0].ClassName);
        Assert.Equal("color:#010203;", spans[1].GetAttribute("style"));
        Assert.Equal("plain red true", view.Find("[data-testid=log-line]").TextContent);
    }

    [Fact]
    public void Only_lines_near_the_end_are_rendered_while_it_follows()
    {
        var view = Show(Log.Of(string.Concat(Enumerable.Range(1, 20_000).Select(number => $"line {number}\n"))));
        var lines = view.FindAll("[data-testid=log-line]");
        Assert.InRange(lines.Count, 50, 200);
        Assert.Equal("line 20000", lines[^1].TextContent);
        Assert.Equal("20000", lines[^1].GetAttribute("data-line"));
        Assert.Equal($"padding-top:{(20_000 - lines.Count) * LogView.LineHeight}px;padding-bottom:0px", view.Find(".log-lines").GetAttribute("style"));
    }

    [Fact]
    public async Task Scrolling_away_stops_following_and_shows_that_place()
    {
        bool? follow = null;
        var view = Render<LogView>(parameters => parameters
            .Add(log => log.Document, Log.Of(string.Concat(Enumerable.Range(1, 20_000).Select(number => $"line {number}\n"))))
            .Add(log => log.FollowChanged, on => follow = on));
        await view.InvokeAsync(() => view.Instance.OnScrolled(first: 5_000, inSight: 40, following: false));
        Assert.False(follow);
        Assert.Contains(view.FindAll("[data-testid=log-line]"), line => line.TextContent == "line 5001");
        Assert.Contains(view.FindAll("[data-testid=log-line]"), line => line.TextContent == "line 5040");
    }

    [Fact]
    public async Task Following_again_shows_the_end_at_once()
    {
        var document = Log.Of(string.Concat(Enumerable.Range(1, 20_000).Select(number => $"line {number}\n")));
        var view = Render<LogView>(parameters => parameters.Add(log => log.Document, document));
        await view.InvokeAsync(() => view.Instance.OnScrolled(first: 5_000, inSight: 40, following: false));
        view.Render(parameters => parameters.Add(log => log.Follow, false));
        Assert.DoesNotContain(view.FindAll("[data-testid=log-line]"), line => line.TextContent == "line 20000");
        view.Render(parameters => parameters.Add(log => log.Follow, true));
        Assert.Equal("line 20000", view.FindAll("[data-testid=log-line]")[^1].TextContent);
    }

    [Fact]
    public void What_is_looked_for_is_marked_across_colours()
    {
        var view = Render<LogView>(parameters => parameters.Add(log => log.Document, Log.Of($"an Er{Esc}[31mror, error\n")).Add(log => log.Find, "error"));
        Assert.Equal(["Er", "ror", "error"], view.FindAll("mark").Select(mark => mark.TextContent));
        Assert.Equal("an Error, error", view.Find("[data-testid=log-line]").TextContent);
    }

    [Fact]
    public void What_was_left_out_says_so()
    {
        var view = Show(Log.Of(complete: true, new OutputChunk(OutputStream.Stdout, 0, 5000, default, Omitted: true)));
        Assert.Equal("5,000 bytes were left out here", view.Find("[data-testid=log-omitted]").TextContent);
    }

    private IRenderedComponent<LogView> Show(LogDocument document) => Render<LogView>(parameters => parameters.Add(log => log.Document, document));
}
