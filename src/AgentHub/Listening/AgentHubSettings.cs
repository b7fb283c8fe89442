using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace TaskConsole.AgentHub.Listening;

/// <summary>Reads <see cref="AgentHubOptions"/> from the settings. What is wrong is told in one sentence for each setting: name, value, what is allowed.</summary>
internal sealed class AgentHubSettings(IConfiguration configuration) : IConfigureOptions<AgentHubOptions>
{
    private static readonly (string Name, int Lowest, int Highest, Action<AgentHubOptions, int> Set)[] Numbers =
    [
        (nameof(AgentHubOptions.HeartbeatSeconds), 1, 300, (o, n) => o.HeartbeatSeconds = n),
        (nameof(AgentHubOptions.HelloDeadlineSeconds), 1, 60, (o, n) => o.HelloDeadlineSeconds = n),
        (nameof(AgentHubOptions.MaxSessions), 1, 1_000_000, (o, n) => o.MaxSessions = n),
        (nameof(AgentHubOptions.MaxPendingHellos), 1, 1_000_000, (o, n) => o.MaxPendingHellos = n),
        (nameof(AgentHubOptions.MaxConnections), 1, 1_000_000, (o, n) => o.MaxConnections = n),
        (nameof(AgentHubOptions.MaxStreamsPerConnection), 1, 100_000, (o, n) => o.MaxStreamsPerConnection = n),
        (nameof(AgentHubOptions.SendQueueExecutes), 1, 100_000, (o, n) => o.SendQueueExecutes = n),
        (nameof(AgentHubOptions.SendQueueBytes), 1, int.MaxValue, (o, n) => o.SendQueueBytes = n),
        (nameof(AgentHubOptions.EnrolmentsPerMinute), 1, 10_000_000, (o, n) => o.EnrolmentsPerMinute = n),
        (nameof(AgentHubOptions.EnrolmentsPerMinutePerAddress), 1, 10_000_000, (o, n) => o.EnrolmentsPerMinutePerAddress = n),
    ];

    private readonly IConfigurationSection _section = configuration.GetSection(AgentHubOptions.Section);

    /// <summary>Throws <see cref="OptionsValidationException"/> with one sentence for each setting that is wrong.</summary>
    public void Configure(AgentHubOptions options)
    {
        List<string> wrong = [];
        foreach (var (name, lowest, highest, set) in Numbers)
        {
            if (_section[name] is not { } text)
            {
                continue;
            }

            if (int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var number) && number >= lowest && number <= highest)
            {
                set(options, number);
            }
            else
            {
                wrong.Add(string.Create(CultureInfo.InvariantCulture, $"The setting {AgentHubOptions.Section}:{name} is '{text}'; allowed is a whole number from {lowest} to {highest}."));
            }
        }

        options.Tls = Switch(nameof(options.Tls), options.Tls, wrong);
        options.BehindTlsProxy = Switch(nameof(options.BehindTlsProxy), options.BehindTlsProxy, wrong);
        ReadListen(options, wrong);
        if (wrong.Count > 0)
        {
            throw new OptionsValidationException(AgentHubOptions.Section, typeof(AgentHubOptions), wrong);
        }
    }

    private void ReadListen(AgentHubOptions options, List<string> wrong)
    {
        if (_section[nameof(options.Listen)] is { } text)
        {
            if (!ListenAddress.TryParse(text, out var address))
            {
                wrong.Add($"The setting {AgentHubOptions.Section}:Listen is '{text}'; allowed is {ListenAddress.Allowed}.");
                return;
            }

            options.Listen = address!;
        }

        if (!options.Tls && !options.Listen.IsLoopback && !options.BehindTlsProxy)
        {
            wrong.Add($"The setting {AgentHubOptions.Section}:Tls is 'false' while {AgentHubOptions.Section}:Listen is '{options.Listen}'; allowed is 'false' on a loopback address alone, or with {AgentHubOptions.Section}:BehindTlsProxy 'true'.");
        }
    }

    private bool Switch(string name, bool otherwise, List<string> wrong)
    {
        if (_section[name] is not { } text)
        {
            return otherwise;
        }

        if (bool.TryParse(text, out var value))
        {
            return value;
        }

        wrong.Add($"The setting {AgentHubOptions.Section}:{name} is '{text}'; allowed is 'true' or 'false'.");
        return otherwise;
    }
}
