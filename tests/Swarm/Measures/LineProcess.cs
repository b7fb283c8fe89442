using System.Diagnostics;
using System.Text.Json;
using TaskConsole.Swarm.Agents;

namespace TaskConsole.Swarm.Measures;

/// <summary>This program in another role: told by lines, answers by lines.</summary>
internal sealed class LineProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Task _reading;
    private readonly Task _complaining;
    private readonly Queue<TaskCompletionSource<string>> _waiting = new();

    private LineProcess(Process process)
    {
        _process = process;
        _reading = ReadAsync();
        _complaining = ComplainAsync();
    }

    public int Id => _process.Id;

    /// <summary>What a worker told last.</summary>
    public WorkerStatus? Status { get; private set; }

    /// <param name="serverHeap">With the garbage collector of a web server, as the console has it.</param>
    /// <param name="arguments">Role and options.</param>
    public static LineProcess Start(bool serverHeap, params string[] arguments)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, arguments) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        if (serverHeap)
        {
            start.Environment["DOTNET_gcServer"] = "1";
        }

        return new LineProcess(Process.Start(start)!);
    }

    public Task TellAsync(string line) => _process.StandardInput.WriteLineAsync(line);

    /// <summary>The next line that is not a status.</summary>
    public Task<string> AnswerAsync(TimeSpan patience)
    {
        var answer = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_waiting)
        {
            _waiting.Enqueue(answer);
        }

        return answer.Task.WaitAsync(patience);
    }

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        await _process.WaitForExitAsync(patience.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        await Task.WhenAll(_reading, _complaining);
        _process.Dispose();
    }

    private async Task ReadAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line.StartsWith("{\"Agents\"", StringComparison.Ordinal))
            {
                Status = JsonSerializer.Deserialize<WorkerStatus>(line);
                continue;
            }

            lock (_waiting)
            {
                if (_waiting.TryDequeue(out var answer))
                {
                    answer.TrySetResult(line);
                }
            }
        }
    }

    private async Task ComplainAsync()
    {
        while (await _process.StandardError.ReadLineAsync() is { } line)
        {
            await Console.Error.WriteLineAsync(line);
        }
    }
}
