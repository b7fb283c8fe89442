using System.Diagnostics;
using TaskConsole.Agent.Commands;
using TaskConsole.Agent.Tests.Agents;

namespace TaskConsole.Agent.Tests;

public sealed class CommandLineTests : IDisposable
{
    private static readonly string[] Hub = ["--hub", "https://hub.example:5081"];
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("127.0.0.1:5081")]
    [InlineData("console.example.com:5081")]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("https://")]
    [InlineData("https://host:99999")]
    [InlineData("https://host:0")]
    [InlineData("https://host:port")]
    [InlineData("https://[::1")]
    [InlineData("ftp://hub.example")]
    [InlineData("/run/hub.sock")]
    [InlineData("https://hub.example:5081/path")]
    [InlineData("https://hub.example:5081/?query")]
    [InlineData("https://me@hub.example:5081")]
    [InlineData("http://hub.example:5081")]
    [InlineData("https://two\nlines")]
    public void A_hub_that_cannot_be_one_is_one_sentence(string hub) => AssertSentence("--hub", "--hub", hub);

    [Theory]
    [InlineData("--max-running", "abc")]
    [InlineData("--max-running", "")]
    [InlineData("--max-running", "0")]
    [InlineData("--max-running", "-1")]
    [InlineData("--max-running", "1.5")]
    [InlineData("--max-running", "99999999999")]
    [InlineData("--max-spool-mib", "abc")]
    [InlineData("--max-spool-mib", "0")]
    [InlineData("--ca-sha256", "")]
    [InlineData("--ca-sha256", "abc")]
    [InlineData("--ca-sha256", "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz")]
    [InlineData("--name", "")]
    [InlineData("--name", "web_01")]
    [InlineData("--name", "-web")]
    [InlineData("--name", "wéb")]
    [InlineData("--label", "env")]
    [InlineData("--label", "=prod")]
    [InlineData("--label", "")]
    [InlineData("--path", "")]
    [InlineData("--path", "bin:/usr/bin")]
    [InlineData("--data-dir", "")]
    [InlineData("--join-token", "")]
    [InlineData("--join-token-file", "")]
    [InlineData("--join-token-file", "/no/such/file")]
    [InlineData("--join-token-file", "/")]
    [InlineData("--join-token-file", "/dev/zero")]
    [InlineData("--join-token-file", "/dev/null")]
    public void A_value_that_is_not_allowed_is_one_sentence(string option, string value) => AssertSentence(option, [.. Hub, option, value]);

    [Theory]
    [InlineData("--hub")]
    [InlineData("--name")]
    [InlineData("--label")]
    [InlineData("--data-dir")]
    [InlineData("--max-running")]
    [InlineData("--join-token")]
    [InlineData("--join-token-file")]
    [InlineData("--ca-sha256")]
    [InlineData("--path")]
    public void An_option_without_its_value_is_one_sentence(string option)
    {
        string[] before = option == "--hub" ? [] : Hub;
        AssertSentence(option, [.. before, option]);
        AssertSentence(option, [.. before, option, "--insecure"]);
    }

    [Fact]
    public void What_is_unknown_missing_or_twice_is_one_sentence()
    {
        AssertSentence("--hub");
        AssertSentence("--hub", "--name", "web-01");
        AssertSentence("--bogus", [.. Hub, "--bogus"]);
        AssertSentence("bogus", [.. Hub, "bogus"]);
        AssertSentence("supervise", "supervise");
        AssertSentence("--hub", [.. Hub, .. Hub]);
        AssertSentence("--name", [.. Hub, "--name", "a", "--name", "b"]);
        AssertSentence("env=prod", [.. Hub, "--label", "--label", "env=prod"]);
        AssertSentence("--label", [.. Hub, "--label", "env=prod", "--label"]);
        AssertSentence("env", [.. Hub, "--label", "env=prod", "--label", "env=test"]);
        AssertSentence("no", [.. Hub, "--insecure", "no"]);
        AssertSentence("--label", [.. Hub, .. Enumerable.Range(0, 65).SelectMany(i => (string[])["--label", $"l{i}=1"])]);
        AssertSentence("--ca-sha256", "--hub", "http://127.0.0.1:1", "--ca-sha256", new string('a', 64));
    }

    [Fact]
    public void What_is_allowed_is_taken()
    {
        var token = Path.Combine(_folder.Path, "token");
        File.WriteAllText(token, "  a-token\n");
        var options = AgentCommandLine.Read(
            [.. Hub, "--name", "WEB-01.Prod", "--label", "env=prod", "--label", "env=prod", "--label", "note=", "--join-token-file", token, "--max-running", "7", "--max-spool-mib", "3000"]);
        Assert.Equal(("web-01.prod", "a-token", 7, 3000L << 20), (options.Name, options.JoinToken, options.MaximumRunning, options.MaximumSpoolBytes));
        Assert.Equal(new Dictionary<string, string>(StringComparer.Ordinal) { ["env"] = "prod", ["note"] = "" }, options.Labels);
        Assert.Null(AgentCommandLine.Read(Hub).Name);
        Assert.Equal("@token", AgentCommandLine.Read([.. Hub, "--join-token", "@token"]).JoinToken);
        Assert.Equal(443, AgentCommandLine.Read(["--hub", "https://hub.example"]).Hub.Port);
        Assert.Equal("[::1]", AgentCommandLine.Read(["--hub", "http://[::1]:5081/"]).Hub.Host);
    }

    [Theory]
    [InlineData("--hub", "127.0.0.1:5081")]
    [InlineData("--hub", "http://127.0.0.1:1", "--max-running", "abc")]
    [InlineData("--hub", "http://127.0.0.1:1", "--bogus")]
    [InlineData("--hub", "http://127.0.0.1:1", "--data-dir", "/dev/null")]
    [InlineData("--hub", "http://127.0.0.1:1", "--data-dir", "/dev/null/below")]
    public async Task A_mistake_is_told_on_standard_error_with_status_2(params string[] arguments)
    {
        var (status, output, error) = await RunAsync(arguments);
        Assert.Equal((2, ""), (status, output));
        Assert.Single(error.TrimEnd('\n').Split('\n'));
        Assert.DoesNotContain("xception", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_and_version_are_answered()
    {
        var (status, output, error) = await RunAsync("--help");
        Assert.Equal((0, ""), (status, error));
        Assert.Contains("--join-token-file", output, StringComparison.Ordinal);
        (status, output, error) = await RunAsync("--version");
        Assert.Equal((0, ""), (status, error));
        Assert.NotEmpty(output);
    }

    private static void AssertSentence(string about, params string[] arguments)
    {
        var wrong = Assert.Throws<WrongOptionException>(() => AgentCommandLine.Read(arguments));
        Assert.Contains(about, wrong.Message, StringComparison.Ordinal);
        Assert.EndsWith(".", wrong.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', wrong.Message);
    }

    private static async Task<(int Status, string Output, string Error)> RunAsync(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(AgentProcess.BuiltProgram, arguments)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        })!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await output, await error);
    }
}
