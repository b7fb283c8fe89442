using CsCheck;
using TaskConsole.Core.Outputs;

namespace TaskConsole.Core.Tests.Outputs;

public sealed class OutputCursorTests
{
    [Fact]
    public void Its_text_reads_back() =>
        Gen.Select(Gen.Long[0, long.MaxValue], Gen.Long[0, 1 << 20]).Sample((stdout, stderr) =>
        {
            var cursor = new OutputCursor(stdout, stderr);
            Assert.True(OutputCursor.TryParse(cursor.ToString(), out var read));
            Assert.Equal(cursor, read);
        });

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("1")]
    [InlineData("1.")]
    [InlineData(".1")]
    [InlineData("1.2.3")]
    [InlineData("-1.2")]
    [InlineData("ffffffffffffffff.0")]
    [InlineData("10000000000000000.0")]
    [InlineData("0x1.0")]
    [InlineData(" 1.2")]
    public void Anything_else_is_refused(string? text) => Assert.False(OutputCursor.TryParse(text, out _));
}
