using System.Text;
using TaskConsole.Agent.Tests.Agents;

namespace TaskConsole.Agent.Tests;

public sealed class SecretTests
{
    [Fact]
    public async Task A_secret_reaches_the_script_and_is_found_nowhere_else()
    {
        const string secret = "hunter2-Zürich-0815";
        await using var fixture = await AgentFixture.StartAsync();
        // Written in two pieces, in one, and told as its length; then long enough alive to be looked at.
        var attempt = await fixture.ExecuteAsync(
            "echo \"[$PASSWORD]\"; printf %s \"${PASSWORD%0815}\"; sleep 0.1; echo 0815 >&1; echo \"$PASSWORD\" >&2; echo \"${#PASSWORD}\"; sleep 1",
            execute =>
            {
                execute.Interpreter[0] = "bash";
                execute.Payload.Secrets["PASSWORD"] = secret;
                execute.Payload.Secrets["EMPTY"] = "";
            });
        await Eventually.TrueAsync(() => attempt.Stdout.EndsWith('\n') && attempt.Stderr.Length > 0, "it has written");
        Assert.DoesNotContain(ProcessTable.CommandLines(), line => line.Contains(secret, StringComparison.Ordinal));
        Assert.Empty(FilesWith(fixture.Data.Path, secret));
        await attempt.FinishedAsync();
        Assert.Equal($"[********]\n********\n{Encoding.UTF8.GetByteCount(secret) - 1}\n", attempt.Stdout);
        Assert.Equal("********\n", attempt.Stderr);
        Assert.Empty(FilesWith(fixture.Data.Path, secret));
        Assert.DoesNotContain(secret, fixture.Agent.Log, StringComparison.Ordinal);
        Assert.DoesNotContain(Hub.TestHub.JoinToken, fixture.Agent.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_secret_is_masked_as_scripts_print_it()
    {
        const string lines = "BEGIN-line-one\r\nMIIabc-line-two\r\nEND-line-three";
        await using var fixture = await AgentFixture.StartAsync();
        foreach (var (value, script, printed) in ((string, string, string)[])[
            ("hunter2pass\n", "echo \"[$(printf %s \"$KEY\")]\"", "[********]\n"),
            (lines, "printf '%s\\n' \"$KEY\" | sed 's/^/> /'", "> ********\r\n> ********\r\n> ********\n"),
            (lines, "printf '%s\\n' \"$KEY\" | tr -d '\\r'", "********\n"),
            (" two \t words\n here ", "echo $KEY; echo \"<$KEY>\"", "********\n<********>\n"),
            ("aaaa", "printf '%s-aaaaaaaaa-%saaa' \"$KEY\" \"$KEY\"", "********-********-********")])
        {
            var attempt = await fixture.ExecuteAsync(script, execute => execute.Payload.Secrets["KEY"] = value);
            await attempt.FinishedAsync();
            Assert.Equal(printed, attempt.Stdout);
        }
    }

    private static List<string> FilesWith(string folder, string text) =>
        [.. Directory.EnumerateFiles(folder, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None })
            .Where(path => Holds(path, text))];

    private static bool Holds(string path, string text)
    {
        try
        {
            // Sockets cannot be read; lock files are empty, and reading them here would meet the locks.
            return new FileInfo(path).Length > 0 && File.ReadAllBytes(path).AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)) >= 0;
        }
        catch (Exception gone) when (gone is FileNotFoundException or DirectoryNotFoundException)
        {
            // The agent, which is at work, has taken it away.
            return false;
        }
    }
}
