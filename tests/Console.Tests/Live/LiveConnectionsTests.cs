using Microsoft.Extensions.Logging.Abstractions;
using TaskConsole.Console.Live;

namespace TaskConsole.Console.Tests.Live;

public sealed class LiveConnectionsTests : IAsyncDisposable
{
    private readonly LiveConnections _connections = new(NullLogger<LiveConnections>.Instance);

    public ValueTask DisposeAsync() => _connections.DisposeAsync();

    [Fact]
    public async Task Loops_end_with_their_connection()
    {
        var ended = 0;
        _connections.Open("a");
        Assert.True(await _connections.WatchAsync("a", "one", stop => UntilAsync(() => ended++, stop)));
        Assert.True(await _connections.WatchAsync("a", "two", stop => UntilAsync(() => ended++, stop)));
        await _connections.CloseAsync("a");

        Assert.Equal(2, ended);
        Assert.False(await _connections.WatchAsync("a", "three", stop => UntilAsync(() => ended++, stop)));
    }

    [Fact]
    public async Task Watching_the_same_again_ends_the_loop_before()
    {
        var order = new List<string>();
        _connections.Open("a");
        await _connections.WatchAsync("a", "task", stop => UntilAsync(() => order.Add("first ended"), stop));
        await _connections.WatchAsync("a", "task", stop =>
        {
            order.Add("second began");
            return UntilAsync(() => order.Add("second ended"), stop);
        });
        await _connections.UnwatchAsync("a", "task");

        Assert.Equal(["first ended", "second began", "second ended"], order);
    }

    [Fact]
    public async Task A_connection_watches_no_more_than_the_limit()
    {
        _connections.Open("a");
        for (var index = 0; index < LiveConnections.MaxWatches; index++)
        {
            Assert.True(await _connections.WatchAsync("a", $"{index}", stop => UntilAsync(() => { }, stop)));
        }

        Assert.False(await _connections.WatchAsync("a", "one more", stop => UntilAsync(() => { }, stop)));
        Assert.True(await _connections.WatchAsync("a", "0", stop => UntilAsync(() => { }, stop)));
    }

    [Fact]
    public async Task A_loop_that_fails_harms_nobody()
    {
        _connections.Open("a");
        Assert.True(await _connections.WatchAsync("a", "bad", _ => throw new InvalidOperationException("on purpose")));
        Assert.True(await _connections.WatchAsync("a", "good", stop => UntilAsync(() => { }, stop)));
        await _connections.CloseAsync("a");
    }

    private static async Task UntilAsync(Action ended, CancellationToken stop)
    {
        try
        {
            await Task.Delay(Timeout.Infinite, stop);
        }
        finally
        {
            ended();
        }
    }
}
