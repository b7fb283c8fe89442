using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using TaskConsole.EndToEnd.Fixture;
using TaskConsole.Harness;

namespace TaskConsole.EndToEnd.Live;

/// <summary>Following by SignalR, as another program does it.</summary>
[Collection(OnSqlite.Name)]
public sealed class TaskHubTests(SqliteConsole console, ITestOutputHelper output) : EndToEndTest(console, output)
{
    [Fact]
    public async Task Output_arrives_line_by_line_while_the_script_runs_and_goes_on_from_an_offset_after_a_reconnect()
    {
        var folder = Console.NewFolder(Guid.NewGuid().ToString("N"));
        var task = await Api.RunAsync(new
        {
            name = "Lines",
            commands = new[] { new { script = $"for n in 1 2 3 4; do echo line $n; until [ -e {folder}/$n ]; do sleep 0.02; done; done" } },
            targets = new { selector = "name~=demo-01" },
        });
        var commandHost = Assert.Single(await Api.CommandHostsAsync(task.Id()));
        var seen = new StringBuilder();
        var next = "0";
        await using (var first = await ConnectAsync())
        {
            var pieces = Pieces(first);
            await first.InvokeAsync("WatchOutput", commandHost.Id(), "Stdout", 0);
            for (var line = 1; line <= 2; line++)
            {
                next = await ReadUntilAsync(pieces, seen, $"line {line}\n");
                await File.WriteAllTextAsync($"{folder}/{line}", "");
            }
        }

        await using var second = await ConnectAsync();
        var rest = Pieces(second);
        await second.InvokeAsync("WatchOutput", commandHost.Id(), "Stdout", next);
        for (var line = 3; line <= 4; line++)
        {
            await ReadUntilAsync(rest, seen, $"line {line}\n");
            await File.WriteAllTextAsync($"{folder}/{line}", "");
        }

        while (!(await ReadAsync(rest)).GetProperty("complete").GetBoolean())
        {
        }

        Assert.Equal("line 1\nline 2\nline 3\nline 4\n", seen.ToString());
    }

    [Fact]
    public async Task A_watched_task_tells_its_progress_and_its_hosts_to_the_end()
    {
        var task = await Api.PostAsync("/tasks", new { name = "Watched", commands = new[] { new { script = "true" } }, targets = new { selector = "name~=demo-*" } }, System.Net.HttpStatusCode.Created);
        await using var connection = await ConnectAsync();
        var progress = Channel.CreateUnbounded<JsonElement>();
        var succeeded = new HashSet<string>(StringComparer.Ordinal);
        connection.On<JsonElement>("TaskProgress", message => progress.Writer.TryWrite(message));
        connection.On<JsonElement>("CommandHostsChanged", message =>
        {
            lock (succeeded)
            {
                succeeded.UnionWith(message.GetProperty("items").EnumerateArray().Where(item => item.Text("status") == "Succeeded").Select(item => item.Text("hostName")!));
            }
        });
        await connection.InvokeAsync("WatchTask", task.Id());
        Assert.Equal("Pending", (await ReadAsync(progress.Reader)).Text("status"));

        await Api.PostAsync($"/tasks/{task.Id()}/start");
        while ((await ReadAsync(progress.Reader)).Text("status") != "Completed")
        {
        }

        await Wait.UntilAsync("every host to be told", () =>
        {
            lock (succeeded)
            {
                return Task.FromResult(succeeded.Count == RunningConsole.Agents);
            }
        });
    }

    [Fact]
    public async Task The_fleet_tells_of_a_host_that_drains()
    {
        await using var connection = await ConnectAsync();
        var fleet = Channel.CreateUnbounded<JsonElement>();
        connection.On<JsonElement>("FleetChanged", message => fleet.Writer.TryWrite(message));
        await connection.InvokeAsync("WatchFleet");
        await ReadAsync(fleet.Reader);
        var host = (await Api.GetAsync("/hosts?search=demo-02")).GetProperty("items")[0];
        try
        {
            await Api.PostAsync($"/hosts/{host.Id()}/drain");
            while ((await ReadAsync(fleet.Reader)).GetProperty("counts").GetProperty("draining").GetInt32() != 1)
            {
            }
        }
        finally
        {
            await Api.PostAsync($"/hosts/{host.Id()}/undrain");
        }
    }

    [Fact]
    public async Task Without_a_token_or_for_an_unknown_task_there_is_nothing_to_watch()
    {
        await using var stranger = new HubConnectionBuilder().WithUrl(new Uri(Console.Address, "/hubs/tasks")).Build();
        await Assert.ThrowsAsync<HttpRequestException>(() => stranger.StartAsync());

        await using var connection = await ConnectAsync();
        await Assert.ThrowsAsync<HubException>(() => connection.InvokeAsync("WatchTask", Guid.NewGuid()));
        await Assert.ThrowsAsync<HubException>(() => connection.InvokeAsync("WatchOutput", Guid.NewGuid(), "Stdout", 0));
    }

    private static ChannelReader<JsonElement> Pieces(HubConnection connection)
    {
        var pieces = Channel.CreateUnbounded<JsonElement>();
        connection.On<JsonElement>("OutputAppended", message => pieces.Writer.TryWrite(message));
        return pieces.Reader;
    }

    private static async Task<string> ReadUntilAsync(ChannelReader<JsonElement> pieces, StringBuilder seen, string end)
    {
        var next = "";
        while (!seen.ToString().EndsWith(end, StringComparison.Ordinal))
        {
            var piece = await ReadAsync(pieces);
            seen.Append(Encoding.UTF8.GetString(piece.GetProperty("content").GetBytesFromBase64()));
            next = piece.Text("next")!;
        }

        return next;
    }

    private static async Task<JsonElement> ReadAsync(ChannelReader<JsonElement> messages)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        return await messages.ReadAsync(patience.Token);
    }

    private async Task<HubConnection> ConnectAsync()
    {
        var connection = new HubConnectionBuilder()
            .WithUrl(new Uri(Console.Address, "/hubs/tasks"), options => options.AccessTokenProvider = () => Task.FromResult<string?>(Console.Token))
            .Build();
        await connection.StartAsync();
        return connection;
    }
}
