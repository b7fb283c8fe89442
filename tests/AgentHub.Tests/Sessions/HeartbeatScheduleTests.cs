using Microsoft.Extensions.Time.Testing;
using TaskConsole.AgentHub.Sessions;

namespace TaskConsole.AgentHub.Tests.Sessions;

public sealed class HeartbeatScheduleTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly HeartbeatSchedule _schedule;

    public HeartbeatScheduleTests()
    {
        _schedule = new HeartbeatSchedule(TimeSpan.FromSeconds(15), _time);
        _time.Advance(TimeSpan.FromMilliseconds(40_123));
    }

    [Fact]
    public void Agents_are_spread_evenly_and_in_ticks()
    {
        var perSlot = Enumerable.Range(0, 9_000).Select(_ => _schedule.Take().First).CountBy(first => first).ToDictionary();
        Assert.Equal(150, perSlot.Count);
        Assert.All(perSlot, slot =>
        {
            Assert.Equal(60, slot.Value);
            Assert.InRange(slot.Key, TimeSpan.Zero, TimeSpan.FromMilliseconds(14_999));
            Assert.Equal(0, (40_123 + (int)slot.Key.TotalMilliseconds) % 100);
        });
    }

    [Theory]
    [InlineData(0, 15_000)]
    [InlineData(7, 14_993)]
    [InlineData(4_000, 11_000)]
    [InlineData(-3, 15_003)]
    [InlineData(-4_000, 19_000)]
    public void The_next_is_asked_for_so_that_it_comes_in_its_slot_again(int late, int next)
    {
        var slot = _schedule.Take();
        _time.Advance(slot.First + TimeSpan.FromSeconds(15) + TimeSpan.FromMilliseconds(late));
        Assert.Equal(TimeSpan.FromMilliseconds(next), slot.Come());
    }

    [Fact]
    public void Who_keeps_its_time_is_answered_every_second_one()
    {
        var slot = _schedule.Take();
        _time.Advance(slot.First);
        var answered = Enumerable.Range(0, 6).Select(_ => ComeAfter(slot, 15_000)).ToList();
        Assert.Equal([true, false, true, false, true, false], answered);
    }

    [Theory]
    [InlineData(50, false)]
    [InlineData(-50, false)]
    [InlineData(51, true)]
    [InlineData(-51, true)]
    [InlineData(7_000, true)]
    public void Who_comes_out_of_its_tick_is_answered(int late, bool answered)
    {
        var slot = _schedule.Take();
        _time.Advance(slot.First);
        Assert.True(ComeAfter(slot, 0));
        Assert.Equal(answered, ComeAfter(slot, 15_000 + late));
        Assert.True(answered || ComeAfter(slot, 15_000 - late), "Two in a row are left without an answer.");
    }

    private bool ComeAfter(HeartbeatSlot slot, int milliseconds)
    {
        _time.Advance(TimeSpan.FromMilliseconds(milliseconds));
        return slot.Come() is not null;
    }

    [Fact]
    public void Wherever_the_time_stands_the_next_is_half_an_interval_to_one_and_a_half_away()
    {
        var slot = _schedule.Take();
        for (var step = 0; step < 500; step++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(61));
            Assert.InRange(slot.Come() ?? TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(7.5), TimeSpan.FromSeconds(22.5));
            Assert.InRange(slot.First, TimeSpan.Zero, TimeSpan.FromSeconds(15));
        }
    }
}
