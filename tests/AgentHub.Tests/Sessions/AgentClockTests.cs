using Microsoft.Extensions.Time.Testing;
using TaskConsole.AgentHub.Protocol;
using TaskConsole.AgentHub.Sessions;

namespace TaskConsole.AgentHub.Tests.Sessions;

public sealed class AgentClockTests
{
    private static readonly DateTimeOffset HubTime = new(2026, 5, 1, 12, 0, 0, TimeSpan.Zero);
    private readonly FakeTimeProvider _time = new(HubTime);

    private long Now => _time.GetUtcNow().ToUnixTimeMilliseconds();

    [Fact]
    public void The_hello_measures_against_the_middle_between_challenge_and_answer()
    {
        var clock = new AgentClock(Now - 200, Now, Now - 100 - 60_000, _time);
        Assert.Equal(TimeSpan.FromMinutes(1), clock.Offset);
        Assert.Equal(HubTime.AddHours(-1), clock.ToHub(Now - 3_600_000 - 60_000));
    }

    [Fact]
    public void A_corrected_time_is_never_in_the_future() =>
        Assert.Equal(HubTime, new AgentClock(Now, Now, Now, _time).ToHub(Now + 5_000));

    [Fact]
    public void A_clock_that_was_set_forward_is_believed_at_once()
    {
        var clock = new AgentClock(Now, Now, Now, _time);
        clock.Observe(Now + 30_000);
        Assert.Equal(TimeSpan.FromSeconds(-30), clock.Offset);
    }

    [Fact]
    public void One_late_heartbeat_changes_nothing()
    {
        var clock = new AgentClock(Now, Now, Now, _time);
        clock.Observe(Now - 20_000);
        clock.Observe(Now - 20_000);
        clock.Observe(Now - 10);
        clock.Observe(Now - 20_000);
        Assert.Equal(TimeSpan.Zero, clock.Offset);
    }

    [Fact]
    public void Several_that_agree_are_believed()
    {
        var clock = new AgentClock(Now, Now, Now, _time);
        clock.Observe(Now - 60_030);
        clock.Observe(Now - 60_010);
        clock.Observe(Now - 60_090);
        Assert.Equal(TimeSpan.FromMilliseconds(60_010), clock.Offset);
    }

    [Theory]
    [InlineData(-1, false)]
    [InlineData(0, true)]
    [InlineData(4_102_444_800_000, true)]
    [InlineData(long.MaxValue, false)]
    public void Times_outside_of_reason_are_none(long unixMs, bool plausible) => Assert.Equal(plausible, Plausible.IsTime(unixMs));
}
