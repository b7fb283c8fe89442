using Bunit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using TaskConsole.Console.Components.Controls;

namespace TaskConsole.Console.Tests.Pages;

public sealed class SearchFieldTests : PageTest
{
    private readonly FakeTimeProvider _clock = new();
    private readonly List<string?> _told = [];

    public SearchFieldTests() => Services.AddSingleton<TimeProvider>(_clock);

    [Fact]
    public void It_tells_once_when_typing_pauses()
    {
        var field = Show(null);
        _ = field.Find("input").InputAsync("we");
        _ = field.Find("input").InputAsync(" web ");
        Assert.Empty(_told);
        _clock.Advance(TimeSpan.FromMilliseconds(300));
        field.WaitForAssertion(() => Assert.Equal(["web"], _told));
    }

    [Fact]
    public void What_comes_back_late_does_not_overwrite_what_was_typed_since()
    {
        var field = Show(null);
        _ = field.Find("input").InputAsync("we");
        _clock.Advance(TimeSpan.FromMilliseconds(300));
        field.WaitForAssertion(() => Assert.Equal(["we"], _told));
        _ = field.Find("input").InputAsync("web");
        field.Render(parameters => parameters.Add(search => search.Value, "we"));
        Assert.Equal("web", field.Find("input").GetAttribute("value"));
    }

    [Fact]
    public void A_value_from_elsewhere_is_shown()
    {
        var field = Show("old");
        field.Render(parameters => parameters.Add(search => search.Value, null));
        Assert.True(string.IsNullOrEmpty(field.Find("input").GetAttribute("value")));
    }

    private IRenderedComponent<SearchField> Show(string? value) => Render<SearchField>(parameters => parameters
        .Add(search => search.Label, "Search").Add(search => search.Value, value).Add(search => search.ValueChanged, (string? text) => _told.Add(text)));
}
