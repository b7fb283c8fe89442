using TaskConsole.Console.Components.Output;

namespace TaskConsole.Console.Tests.Pages;

public sealed class SgrTests
{
    [Theory]
    [InlineData("31", "f1", null)]
    [InlineData("1;32", "f2 t-bold", null)]
    [InlineData("97;41", "f15 b1", null)]
    [InlineData("4;9;3;2", "t-dim t-italic t-under t-strike", null)]
    [InlineData("38;5;9", "f9", null)]
    [InlineData("38;5;196", null, "color:#ff0000;")]
    [InlineData("48;5;244", null, "background-color:#808080;")]
    [InlineData("38;2;1;2;3", null, "color:#010203;")]
    [InlineData("38:2:1:2:3", null, "color:#010203;")]
    [InlineData("7", "f-back b-ink", null)]
    [InlineData("31;7", "f-back b1", null)]
    [InlineData("31;39", null, null)]
    [InlineData("1;31;0", null, null)]
    [InlineData("", null, null)]
    [InlineData("38;5", null, null)]
    [InlineData("38;2;300;0;0", null, null)]
    [InlineData("38;5;99999999999", null, null)]
    [InlineData("58;99;-1;;;", null, null)]
    public void Parameters_become_classes_and_numbers(string parameters, string? classes, string? colours)
    {
        var style = SgrParser.Apply(TextStyle.Plain, parameters);
        Assert.Equal(classes, style.Classes());
        Assert.Equal(colours, style.Colours());
    }

    [Fact]
    public void More_parameters_than_are_read_change_nothing_that_breaks()
    {
        var style = SgrParser.Apply(TextStyle.Plain, string.Join(';', Enumerable.Repeat("31", 5000)));
        Assert.Equal("f1", style.Classes());
    }
}
