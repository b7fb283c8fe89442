namespace TaskConsole.Harness;

/// <summary>The real console as a process that can be killed and started again on the same data and ports.</summary>
public sealed class ConsoleProcess(string folder, IReadOnlyDictionary<string, string> settings, params string[] arguments) : IAsyncDisposable
{
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(90);

    private readonly int _webPort = FreePort.Find();
    private ChildProcess? _process;

    /// <summary>The file that is run: the console of this build, unless another one is to be measured beside it.</summary>
    public string Program { get; init; } = BuiltPrograms.Console;

    /// <summary>Where the web listens.</summary>
    public Uri Address => new($"http://127.0.0.1:{_webPort}");

    /// <summary>Where the hub listens.</summary>
    public int HubPort { get; } = FreePort.Find();

    /// <summary>The console's data directory.</summary>
    public string DataDirectory => Path.Combine(folder, "data");

    /// <summary>Id of the process that runs now.</summary>
    public int Id => _process?.Id ?? throw new InvalidOperationException("The console does not run.");

    public bool HasExited => _process?.HasExited ?? true;

    /// <summary>What it printed since its last start.</summary>
    public string Log => _process?.Output ?? "";

    /// <summary>Starts it, and waits until it is as wanted.</summary>
    /// <param name="isReady">Asked until it says so; that nothing answers yet may be thrown as <see cref="HttpRequestException"/>.</param>
    /// <exception cref="InvalidOperationException">It ended, or is not ready in time; with what it said.</exception>
    public async Task StartAsync(Func<Task<bool>> isReady)
    {
        Launch();
        await ReadyAsync(isReady);
    }

    /// <summary>Starts it and waits for nothing.</summary>
    public void Launch() => _process = ChildProcess.Start(
        Program,
        [.. arguments, "--Urls", Address.GetLeftPart(UriPartial.Authority), "--AgentHub:Listen", $"127.0.0.1:{HubPort}", "--DataDirectory", DataDirectory],
        settings,
        folder);

    /// <summary>Waits until it is as wanted.</summary>
    public async Task ReadyAsync(Func<Task<bool>> isReady)
    {
        try
        {
            await Wait.UntilAsync("the console to be ready", AskAsync, StartPatience);
        }
        catch (TimeoutException late)
        {
            throw new InvalidOperationException($"{late.Message} It said:{Environment.NewLine}{Log}", late);
        }

        async Task<bool> AskAsync()
        {
            if (_process is { HasExited: true } ended)
            {
                throw new InvalidOperationException($"The console ended with {ended.ExitCode}. It said:{Environment.NewLine}{Log}");
            }

            try
            {
                return await isReady();
            }
            catch (Exception notYet) when (notYet is HttpRequestException or TaskCanceledException)
            {
                return false;
            }
        }
    }

    /// <summary>Waits for its own end.</summary>
    public Task<int> ExitAsync(TimeSpan patience) => _process!.ExitAsync(patience);

    /// <summary>Kills it at once, as a crash would.</summary>
    public async Task KillAsync()
    {
        if (_process is { } process)
        {
            await process.KillAsync();
        }
    }

    /// <summary>Stops it as an operator would.</summary>
    public async Task StopAsync()
    {
        if (_process is { } process)
        {
            await process.DisposeAsync();
        }
    }

    public async ValueTask DisposeAsync() => await StopAsync();
}
