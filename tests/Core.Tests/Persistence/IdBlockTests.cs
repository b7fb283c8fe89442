using CsCheck;
using TaskConsole.Core.Persistence;

namespace TaskConsole.Core.Tests.Persistence;

public sealed class IdBlockTests
{
    [Fact]
    public void Ids_of_a_block_are_versioned_ascend_and_tell_their_place() =>
        Gen.Select(Gen.UInt, Gen.UInt).Sample((first, second) =>
        {
            var block = IdBlock.Create(TimeProvider.System);
            Assert.Equal(7, block[first].Version);
            Assert.Equal(first.CompareTo(second), Math.Sign(string.CompareOrdinal(block[first].ToString(), block[second].ToString())));
            Assert.Equal(block[second], IdBlock.Offset(block[first], (long)second - first));
        });

    [Fact]
    public void A_place_outside_of_the_block_is_an_error_and_not_the_id_of_a_stranger()
    {
        var block = IdBlock.Create(TimeProvider.System);
        Assert.Throws<OverflowException>(() => block[-1]);
        Assert.Throws<OverflowException>(() => block[uint.MaxValue + 1L]);
    }

    [Fact]
    public void Blocks_of_one_millisecond_do_not_overlap()
    {
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();
        var firsts = Enumerable.Range(0, 10_000).Select(_ => IdBlock.Create(time).First).ToHashSet();
        Assert.Equal(10_000, firsts.Count);
    }
}
