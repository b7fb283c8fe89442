using Microsoft.Extensions.Time.Testing;
using TaskConsole.Console.SignIn;

namespace TaskConsole.Console.Tests.SignIn;

public sealed class SignInLinkTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void A_token_works_once()
    {
        var link = new SignInLink(_time);
        var token = link.Issue();

        Assert.True(link.TryUse(token));
        Assert.False(link.TryUse(token));
    }

    [Fact]
    public async Task Of_many_at_the_same_time_one_gets_in()
    {
        var link = new SignInLink(_time);
        var token = link.Issue();
        var tries = await Task.WhenAll(Enumerable.Range(0, 64).Select(_ => Task.Run(() => link.TryUse(token))));

        Assert.Single(tries, used => used);
    }

    [Fact]
    public void A_token_lives_24_hours()
    {
        var link = new SignInLink(_time);
        var early = link.Issue();
        _time.Advance(TimeSpan.FromHours(24) - TimeSpan.FromSeconds(1));
        Assert.True(link.TryUse(early));

        var late = link.Issue();
        _time.Advance(TimeSpan.FromHours(24));
        Assert.False(link.TryUse(late));
    }

    [Fact]
    public void A_wrong_try_burns_nothing_and_a_new_token_replaces_the_old()
    {
        var link = new SignInLink(_time);
        Assert.False(link.TryUse("anything"));
        var old = link.Issue();
        var current = link.Issue();

        Assert.False(link.TryUse(old));
        Assert.False(link.TryUse(null));
        Assert.False(link.TryUse(current + "x"));
        Assert.True(link.TryUse(current));
    }

    [Fact]
    public void A_token_has_256_bits()
    {
        var token = new SignInLink(_time).Issue();

        Assert.Equal(32, System.Buffers.Text.Base64Url.DecodeFromChars(token).Length);
    }
}
