using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Reflection;

namespace TaskConsole.Console.Tests.Settings;

/// <summary>Starts that must fail, as an operator sees them.</summary>
public sealed class FailedStartTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("taskconsole-start-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_port_in_use_stops_the_start_with_one_sentence()
    {
        using var occupant = new TcpListener(IPAddress.Loopback, 0);
        occupant.Start();
        var sentence = await StartAsync("--Urls", $"http://{occupant.LocalEndpoint}");

        Assert.Contains("Urls", sentence, StringComparison.Ordinal);
        Assert.Contains(occupant.LocalEndpoint.ToString()!, sentence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_that_cannot_be_reached_stops_the_start_with_one_sentence()
    {
        var sentence = await StartAsync("--Database:Provider", "MySql", "--ConnectionStrings:Database", "Server=127.0.0.1;Port=1;User ID=nobody;Password=hunter2;Database=x;Connection Timeout=2");

        Assert.Contains("ConnectionStrings:Database", sentence, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", sentence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_no_database_stops_the_start_with_one_sentence()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "data"));
        await File.WriteAllTextAsync(Path.Combine(_folder, "data", "taskconsole.db"), new string('x', 10_000));

        Assert.Contains("ConnectionStrings:Database", await StartAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("AgentHub:Listen", "somewhere")]
    [InlineData("AgentHub:Tls", "maybe")]
    [InlineData("AgentHub:HeartbeatSeconds", "-1")]
    [InlineData("Dispatch:MaxRunningExecutions", "-1")]
    public async Task A_wrong_setting_stops_the_start_with_one_sentence(string setting, string value)
    {
        var sentence = await StartAsync($"--{setting}", value);

        Assert.Contains(setting, sentence, StringComparison.Ordinal);
        Assert.Contains($"'{value}'", sentence, StringComparison.Ordinal);
    }

    private async Task<string> StartAsync(params string[] args)
    {
        var folder = GetType().Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().First(item => item.Key == "ConsoleFolder").Value!;
        string[] free = ["--Urls", "http://127.0.0.1:0", "--AgentHub:Listen", "127.0.0.1:0", "--DataDirectory", Path.Combine(_folder, "data")];
        var start = new ProcessStartInfo(Path.Combine(folder, "TaskConsole.Console"), [.. free, .. args])
        {
            UseShellExecute = false,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            WorkingDirectory = _folder,
        };
        using var process = Process.Start(start)!;
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        try
        {
            var error = process.StandardError.ReadToEndAsync(patience.Token);
            var output = process.StandardOutput.ReadToEndAsync(patience.Token);
            await process.WaitForExitAsync(patience.Token);
            Assert.Equal(1, process.ExitCode);
            Assert.Equal("", await output);
            var sentence = await error;
            Assert.Single(sentence.TrimEnd('\n').Split('\n'));
            return sentence;
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }
    }
}
