using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using TaskConsole.Console.Tests.Fixture;
using TaskConsole.Core.Acts;
using TaskConsole.Core.Hosts;

namespace TaskConsole.Console.Tests.Api;

/// <summary>Approving keys by REST, and a host that two agents use.</summary>
public sealed class KeyDecisionTests(WebConsole console) : IClassFixture<WebConsole>
{
    [Fact]
    public async Task A_host_with_two_agents_is_told_and_released_by_the_fingerprint_of_its_key()
    {
        using var program = console.NewProgram();
        var sessions = console.Services.GetRequiredService<HostSessions>();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var print = Convert.ToHexStringLower(SHA256.HashData(key.ExportSubjectPublicKeyInfo()));
        await sessions.EnrolAsync(
            new EnrolmentRequest
            {
                Name = "copied-01",
                PublicKey = key.ExportSubjectPublicKeyInfo(),
                JoinToken = (await console.Services.GetRequiredService<HostService>().ReadJoinTokenAsync(Actor.System, CancellationToken.None)).Value,
                Labels = new Dictionary<string, string>(StringComparer.Ordinal),
                Facts = new HostFactsReport("debian", "12", "6.1", "x64", 2, 1 << 30, "1.0", new Dictionary<string, string>(StringComparer.Ordinal)),
                Address = "192.0.2.7",
            },
            CancellationToken.None);
        var asking = Assert.Single((await GetAsync("/api/v1/hosts?search=copied-01")).GetProperty("items").EnumerateArray().ToList());
        var id = asking.GetProperty("id").GetString();
        Assert.Equal(print, Assert.Single(asking.GetProperty("pendingKeys").EnumerateArray().ToList()).GetProperty("fingerprint").GetString());
        Assert.Equal(HttpStatusCode.OK, (await DecideAsync("")).Status);

        await sessions.MarkDuplicateAsync(Guid.Parse(id!), 0, TimeProvider.System.GetUtcNow(), "192.0.2.7", "192.0.2.8", CancellationToken.None);
        var two = Assert.Single((await GetAsync("/api/v1/hosts?status=Duplicate")).GetProperty("items").EnumerateArray().ToList());
        Assert.Equal(print, two.GetProperty("fingerprint").GetString());
        Assert.Equal(["192.0.2.7", "192.0.2.8"], two.GetProperty("duplicate").GetProperty("addresses").EnumerateArray().Select(address => address.GetString()));

        var missing = await DecideAsync("");
        Assert.Equal((HttpStatusCode.BadRequest, "host.key.ambiguous"), (missing.Status, missing.Body.GetProperty("code").GetString()));
        Assert.True(missing.Body.GetProperty("errors").TryGetProperty("fingerprint", out _));
        Assert.Equal(HttpStatusCode.BadRequest, (await DecideAsync("""{"fingerprint":"xyz"}""")).Status);
        Assert.Equal(HttpStatusCode.Conflict, (await DecideAsync($$"""{"fingerprint":"{{new string('0', 64)}}"}""")).Status);
        var released = await DecideAsync($$"""{"fingerprint":"{{print}}"}""");
        Assert.Equal((HttpStatusCode.OK, "Offline"), (released.Status, released.Body.GetProperty("status").GetString()));
        Assert.Equal(HttpStatusCode.Conflict, (await DecideAsync($$"""{"fingerprint":"{{print}}"}""")).Status);

        async Task<JsonElement> GetAsync(string path) => JsonDocument.Parse(await program.GetStringAsync(new Uri(path, UriKind.Relative))).RootElement;

        async Task<(HttpStatusCode Status, JsonElement Body)> DecideAsync(string body)
        {
            using var answer = await program.PostAsync(new Uri($"/api/v1/hosts/{id}/approve", UriKind.Relative), WebConsole.Json(body));
            return (answer.StatusCode, JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement);
        }
    }
}
