using TaskConsole.Agent.Execution;

namespace TaskConsole.Agent.Tests;

public sealed class UserAccountTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(1024)]
    public void An_entry_that_is_larger_than_the_buffer_is_read_all_the_same(int bufferBytes)
    {
        var account = UserAccount.Find("nobody", bufferBytes);
        Assert.Equal(("nobody", 65_534u, 65_534u, true), (account!.Name, account.Uid, account.Gid, account.IsNamed));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("65534")]
    [InlineData("+0")]
    [InlineData("john.doe")]
    [InlineData("DOMAIN\\user")]
    [InlineData("user@realm")]
    [InlineData("Nobody")]
    public void A_name_that_no_account_has_is_nobody_also_when_it_is_the_number_of_one(string name) =>
        Assert.Null(UserAccount.Find(name));

    [Fact]
    public void A_uid_without_a_name_is_called_nothing()
    {
        var account = new UserAccount("1234", 1_234, 1_234, "/", IsNamed: false);
        Assert.False(account.IsCalled("1234"));
        Assert.True((account with { IsNamed = true }).IsCalled("1234"));
    }
}
