using System.Text.Json;
using TaskConsole.EndToEnd.Fixture;
using TaskConsole.Harness;

namespace TaskConsole.EndToEnd.Refusals;

/// <summary>Agents that may not join, or not yet.</summary>
[Collection(OnSqlite.Name)]
public sealed class StrangerAgentTests(SqliteConsole console, ITestOutputHelper output) : EndToEndTest(console, output)
{
    [Fact]
    public async Task A_second_agent_under_a_name_in_use_waits_for_a_person_and_takes_nothing_over()
    {
        var before = await HostAsync("demo-05");
        await using var second = Console.StartAgent("demo-05", Console.NewFolder("second-demo-05"));
        var asked = await Wait.ForAsync("the new key to be shown", async () =>
            (await HostAsync("demo-05")).GetProperty("pendingKeys").EnumerateArray().Select(key => key.ToString()).FirstOrDefault());

        var key = JsonDocument.Parse(asked).RootElement;
        Assert.True(key.GetProperty("isReplacement").GetBoolean());
        var after = await HostAsync("demo-05");
        Assert.Equal((before.Id(), "Online", before.GetProperty("labels").ToString()), (after.Id(), after.Text("status"), after.GetProperty("labels").ToString()));
        var task = await Api.RunAsync(new { name = "Still the first", commands = new[] { new { script = "true" } }, targets = new { selector = "name~=demo-05" } });
        Assert.Equal("Completed", (await Api.EndOfAsync(task.Id())).Text("status"));

        await Api.PostAsync($"/hosts/{after.Id()}/reject", new { fingerprint = key.Text("fingerprint") });
        Assert.Equal("Online", (await HostAsync("demo-05")).Text("status"));
    }

    [Fact]
    public async Task A_wrong_join_token_is_refused_and_logged_and_leaves_no_host()
    {
        await using var stranger = Console.StartAgent("stranger", Console.NewFolder("stranger"), joinToken: "not-the-join-token-at-all");
        await Wait.UntilAsync("the refusal in the console's log", () => Task.FromResult(Console.Log.Contains("stranger", StringComparison.Ordinal)));

        Assert.Equal(0, (await Api.GetAsync("/hosts?search=stranger")).GetProperty("total").GetInt32());
    }

    [Fact]
    public async Task A_wrong_fingerprint_keeps_the_agent_from_talking_at_all()
    {
        await using var careful = Console.StartAgent("careful", Console.NewFolder("careful"), fingerprint: new string('0', 64));
        await Wait.UntilAsync("the agent to complain about the fingerprint", () => Task.FromResult(
            careful.HasExited || careful.Output.Contains("fingerprint", StringComparison.OrdinalIgnoreCase) || careful.Output.Contains("sha256", StringComparison.OrdinalIgnoreCase)));

        Assert.Equal(0, (await Api.GetAsync("/hosts?search=careful")).GetProperty("total").GetInt32());
    }

    private async Task<JsonElement> HostAsync(string name) =>
        Assert.Single((await Api.GetAsync($"/hosts?search={name}")).GetProperty("items").EnumerateArray());
}
