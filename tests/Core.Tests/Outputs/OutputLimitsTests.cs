using TaskConsole.Core.Outputs;

namespace TaskConsole.Core.Tests.Outputs;

public sealed class OutputLimitsTests
{
    [Fact]
    public void An_attempt_keeps_what_the_settings_say_while_the_task_has_room_for_all() =>
        Assert.Equal(new OutputLimits(524_288, 524_288), new OutputOptions().LimitsFor(16_384));

    [Fact]
    public void The_attempts_of_a_large_task_share_its_limit()
    {
        var options = new OutputOptions { KeptHeadBytes = 3 << 20, KeptTailBytes = 1 << 20, KeptTaskBytes = 1 << 30 };
        var limits = options.LimitsFor(1_000);
        Assert.Equal((1 << 30) / 2_000, limits.HeadBytes + limits.TailBytes);
        Assert.InRange(limits.HeadBytes / (double)limits.TailBytes, 2.99, 3.01);
    }

    [Theory]
    [InlineData(1_000_000)]
    [InlineData(int.MaxValue)]
    public void However_many_share_it_each_keeps_something(int commandHosts) =>
        Assert.Equal(new OutputLimits(4_096, 4_096), new OutputOptions { KeptTaskBytes = 1 << 20 }.LimitsFor(commandHosts));

    [Fact]
    public void A_head_is_kept_however_much_longer_the_tail_may_be() =>
        Assert.Equal(new OutputLimits(1_024, 7_168), new OutputOptions { KeptHeadBytes = 1_024, KeptTailBytes = 64 << 20, KeptTaskBytes = 1 << 20 }.LimitsFor(1_000_000));

    [Fact]
    public void The_largest_settings_do_not_overflow()
    {
        var options = new OutputOptions { KeptHeadBytes = 64 << 20, KeptTailBytes = 64 << 20, KeptTaskBytes = 1L << 40 };
        Assert.Equal(new OutputLimits(64 << 20, 64 << 20), options.LimitsFor(4_096));
        Assert.Equal((1L << 40) / (2 * 5_000), options.LimitsFor(5_000) is var limits ? limits.HeadBytes + limits.TailBytes : 0);
    }
}
