using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using TaskConsole.Agent.Execution;

namespace TaskConsole.Agent.Attempts;

/// <summary>The supervisors that this agent has started, until they have ended and are reaped.</summary>
internal sealed class SupervisorProcesses(TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);
    private readonly ConcurrentDictionary<int, bool> _running = new();
    private readonly AsyncSignal _changed = new();

    public void Add(int pid)
    {
        _running[pid] = true;
        _changed.Set();
    }

    /// <summary>Whether this child has not ended.</summary>
    public bool IsAlive(int pid)
    {
        Reap(pid);
        return _running.ContainsKey(pid);
    }

    /// <summary>An attempt has ended, so its supervisor is about to.</summary>
    public void LookSoon() => _changed.Set();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            await _changed.WaitAsync(stoppingToken);
            for (var pause = FirstPause; !_running.IsEmpty && pause <= LongestPause; pause *= 2)
            {
                await Task.Delay(pause, time, stoppingToken);
                foreach (var pid in _running.Keys)
                    Reap(pid);
            }
        }
    }

    private unsafe void Reap(int pid)
    {
        int status;
        if (_running.ContainsKey(pid) && Libc.WaitPid(pid, &status, Libc.NoHang) != 0)
            _running.TryRemove(pid, out _);
    }
}
