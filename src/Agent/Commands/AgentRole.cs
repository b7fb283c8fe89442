using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using TaskConsole.Agent.Attempts;
using TaskConsole.Agent.Connection;
using TaskConsole.Agent.Enrolment;
using TaskConsole.Agent.Execution;
using TaskConsole.Agent.HostFacts;
using TaskConsole.Agent.Journal;
using TaskConsole.Agent.Journal.Records;
using TaskConsole.Agent.Settings;
using TaskConsole.Agent.Supervision;

namespace TaskConsole.Agent.Commands;

/// <summary>The role that lives as long as the host: connection and journal. Put together here.</summary>
internal static class AgentRole
{
    private const uint OwnerOnly = 0b000_111_111;
    private const uint OwnerWrites = 0b000_010_010;
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(5);

    /// <summary>Returns the exit status: 0, or 2 when what was asked for cannot work.</summary>
    public static async Task<int> RunAsync(AgentOptions options, CancellationToken cancellationToken)
    {
        // Folders above the data directory that are made with it must let scripts of other users pass.
        _ = Libc.SetFileMask(OwnerWrites);
        Descriptors.KeepFromChildren();
        try
        {
            var data = new DataDirectory(options.DataDirectory);
            _ = Libc.SetFileMask(OwnerOnly);
            return await RunAsync(options, data, cancellationToken);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return await FailAsync($"--data-dir: '{options.DataDirectory}' cannot be used: {failure.Message}");
        }
    }

    private static async Task<int> RunAsync(AgentOptions options, DataDirectory data, CancellationToken cancellationToken)
    {
        using var held = FileLock.TryTake(data.LockPath);
        if (held is null)
            return await FailAsync($"--data-dir: another agent uses '{data.Path}'.");
        var identity = DurableFile.ReadIfPossible(data.IdentityPath, IdentityRecord.Parser);
        if (options.JoinToken is null && identity is null)
            return await FailAsync("This host has not joined yet, or its identity file is damaged: give the join token in TASKCONSOLE_JOIN_TOKEN or --join-token-file.");
        var name = HostName.Choose(options, identity);
        if (!HostName.IsAllowed(name))
            return await FailAsync($"The name of this machine, '{name}', is not a host name; give one with --name ({HostName.Rule}).");

        using var host = Build(options with { Name = name }, data);
        if (identity is not null)
            JoinedWith.TellDifferences(options, identity, host.Services.GetRequiredService<ILogger<Enroller>>());
        // What cannot be opened is told before anything runs.
        _ = host.Services.GetRequiredService<AgentKey>();
        _ = host.Services.GetRequiredService<AgentJournal>();
        // Taken before: the host disposes its services when it has run.
        var exit = host.Services.GetRequiredService<AgentExit>();
        await host.RunAsync(cancellationToken);
        return exit.Status;
    }

    private static IHost Build(AgentOptions options, DataDirectory data)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";
            console.UseUtcTimestamp = true;
        });
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning).AddFilter("Grpc", LogLevel.Error).AddFilter("System", LogLevel.Warning);
        builder.Services.AddSystemd();
        builder.Services.Configure<ConsoleLifetimeOptions>(console => console.SuppressStatusMessages = true);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = StopLimit);
        builder.Services.AddSingleton(options).AddSingleton(data).AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(services => AgentKey.ReadOrMake(data.KeyPath, services.GetRequiredService<ILogger<AgentKey>>()));
        builder.Services.AddSingleton<AgentJournal>().AddSingleton<LostAttempt>().AddSingleton<AttemptRegistry>().AddSingleton<AttemptAdmission>();
        var cgroups = new HostCgroups(options.UseCgroups);
        builder.Services.AddSingleton(cgroups);
        if (cgroups.Parent.Length > 0)
            builder.Services.AddHostedService(services => new CgroupCleaner(cgroups.Parent, services.GetRequiredService<TimeProvider>()));
        builder.Services.AddSingleton<SupervisorProcesses>().AddHostedService(services => services.GetRequiredService<SupervisorProcesses>());
        builder.Services.AddSingleton<WorkCleaner>().AddHostedService(services => services.GetRequiredService<WorkCleaner>());
        builder.Services.AddSingleton<Leftovers>().AddHostedService(services => services.GetRequiredService<Leftovers>());
        builder.Services.AddSingleton<HubClock>().AddSingleton<HostLoadSampler>().AddSingleton<AgentLoad>().AddSingleton<Enroller>().AddSingleton<WelcomedEpoch>().AddSingleton<HubSession>().AddSingleton<AgentExit>();
        builder.Services.AddHostedService(services => services.GetRequiredService<AttemptRegistry>());
        builder.Services.AddHostedService<TombstoneKeeper>();
        builder.Services.AddHostedService<HubConnection>();
        if (options.StopWithStandardInput)
            builder.Services.AddHostedService<StandardInputWatch>();
        return builder.Build();
    }

    private static async Task<int> FailAsync(string why)
    {
        await Console.Error.WriteLineAsync(why);
        return AgentExit.Misconfigured;
    }
}
