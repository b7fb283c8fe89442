using System.Globalization;
using TaskConsole.Faults.Lab;
using TaskConsole.Faults.Links;
using TaskConsole.Harness;

namespace TaskConsole.Faults.Scenarios;

/// <summary>Throws faults by a seed: which one, where, for how long; the moment is the machine's.</summary>
internal sealed class FaultDice(FaultLab lab, int seed, Func<TimeSpan, Task> withoutStoreAsync)
{
    private readonly Random _random = new(seed);
    private readonly SortedDictionary<string, int> _thrown = new(StringComparer.Ordinal);

    /// <summary>What was thrown, and how often.</summary>
    public string Thrown => string.Join(", ", _thrown.Select(fault => string.Create(CultureInfo.InvariantCulture, $"{fault.Key} {fault.Value}")));

    /// <summary>Messages pass twice now and then, from here on.</summary>
    public async Task RepeatMessagesAsync()
    {
        foreach (var agent in lab.Fleet)
        {
            var relay = await agent.RelayAsync();
            relay.FromHub = SometimesTwiceAsync;
            relay.FromAgent = SometimesTwiceAsync;
        }

        async Task SometimesTwiceAsync<T>(T message, Func<T, Task> sendAsync)
        {
            await sendAsync(message);
            if (Random.Shared.Next(50) == 0)
            {
                await sendAsync(message);
            }
        }
    }

    /// <summary>One fault, healed before it returns.</summary>
    public async Task ThrowAsync(CancellationToken cancellationToken)
    {
        var agent = lab.Fleet[_random.Next(lab.Fleet.Count)];
        switch (_random.Next(20))
        {
            case < 5:
                Count("agent killed");
                await agent.KillAsync();
                await Task.Delay(Upto(1_500), cancellationToken);
                agent.Start();
                break;
            case < 9:
                Count("console killed");
                await lab.KillConsoleAsync();
                await Task.Delay(Upto(1_000), cancellationToken);
                await lab.StartConsoleAsync();
                break;
            case < 11:
                Count("connection cut");
                agent.Link.Cut();
                break;
            case < 13:
                Count("connection cut within a message");
                agent.Link.CutAfterFromAgent(_random.Next(3_000));
                agent.Link.CutAfterFromHub(_random.Next(3_000));
                break;
            case 13:
                Count("connection gone");
                await DownAsync(agent.Link, Upto(4_000), cancellationToken);
                break;
            case 14:
                Count("connection gone past the grace");
                await DownAsync(agent.Link, TimeSpan.FromSeconds(FaultLab.AgentLostGraceSeconds + 2), cancellationToken);
                break;
            case 15:
                Count("connection frozen");
                agent.Link.Frozen = true;
                await Task.Delay(Upto(5_000), cancellationToken);
                agent.Link.Frozen = false;
                break;
            case 16 or 17:
                Count("store gone");
                await withoutStoreAsync(Upto(2_500));
                break;
            case 18:
                var supervisors = Processes.WithCommandLine($"supervise\0{agent.DataDirectory}");
                if (supervisors.Count > 0)
                {
                    Count("supervisor killed");
                    lab.KillSupervisor(supervisors[_random.Next(supervisors.Count)]);
                }

                break;
            default:
                Count("agent and console killed");
                await agent.KillAsync();
                await lab.RestartConsoleAsync();
                agent.Start();
                break;
        }
    }

    private static async Task DownAsync(AgentLink link, TimeSpan time, CancellationToken cancellationToken)
    {
        link.Down = true;
        link.Cut();
        await Task.Delay(time, cancellationToken);
        link.Down = false;
    }

    private TimeSpan Upto(int milliseconds) => TimeSpan.FromMilliseconds(_random.Next(milliseconds));

    private void Count(string fault) => _thrown[fault] = _thrown.GetValueOrDefault(fault) + 1;
}
