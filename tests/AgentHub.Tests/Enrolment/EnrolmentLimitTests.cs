using System.Net;
using Microsoft.Extensions.Time.Testing;
using TaskConsole.AgentHub.Enrolment;

namespace TaskConsole.AgentHub.Tests.Enrolment;

public sealed class EnrolmentLimitTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void An_address_that_asks_too_often_waits_while_others_do_not()
    {
        var limit = new EnrolmentLimit(perMinute: 6_000, perMinuteAndAddress: 60, _time);
        var loud = IPAddress.Parse("192.0.2.1");
        Assert.Equal(10, Enumerable.Range(0, 100).Count(_ => limit.Ask(loud) is null));
        var wait = limit.Ask(loud);
        Assert.Equal(TimeSpan.FromSeconds(1), wait);
        Assert.Null(limit.Ask(IPAddress.Parse("192.0.2.2")));

        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(limit.Ask(loud));
        Assert.NotNull(limit.Ask(loud));
    }

    [Fact]
    public void All_together_have_a_limit()
    {
        var limit = new EnrolmentLimit(perMinute: 60, perMinuteAndAddress: 60, _time);
        Assert.Equal(10, Enumerable.Range(0, 100).Count(i => limit.Ask(new IPAddress([10, 0, 0, (byte)i])) is null));
    }

    [Fact]
    public void One_IPv6_network_counts_as_one_address()
    {
        var limit = new EnrolmentLimit(perMinute: 6_000, perMinuteAndAddress: 6, _time);
        Assert.Null(limit.Ask(IPAddress.Parse("2001:db8::1")));
        Assert.NotNull(limit.Ask(IPAddress.Parse("2001:db8::2")));
        Assert.Null(limit.Ask(IPAddress.Parse("2001:db8:0:1::1")));
    }

    [Fact]
    public void However_slow_it_refills_one_may_be_asked()
    {
        var limit = new EnrolmentLimit(perMinute: 1, perMinuteAndAddress: 1, _time);
        Assert.Null(limit.Ask(IPAddress.Loopback));
        Assert.Equal(TimeSpan.FromMinutes(1), limit.Ask(IPAddress.Loopback));
    }
}
