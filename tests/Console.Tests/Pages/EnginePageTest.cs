using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using TaskConsole.AgentHub;
using TaskConsole.Core;
using TaskConsole.Core.Dispatch;
using TaskConsole.Core.Hosts;
using TaskConsole.Core.Tasks;
using TaskConsole.Core.Tasks.Composing;

namespace TaskConsole.Console.Tests.Pages;

/// <summary>A component test over the real engine and a real database; the test speaks for the agents.</summary>
public abstract partial class EnginePageTest : PageTest, IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("taskconsole-pages-");
    private IHostedService[] _started = [];

    protected EnginePageTest()
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new("AgentHub:Listen", "127.0.0.1:5081")]).Build();
        Services.AddSingleton<IConfiguration>(configuration);
        Services.AddLogging();
        Services.AddDataProtection().UseEphemeralDataProtectionProvider();
        Services.AddAgentHub(configuration, _folder.FullName);
        Services.AddTaskEngine(configuration, _folder.FullName);
        Services.AddSingleton<IAgentGateway>(_agents);
    }

    protected TaskService Tasks => Services.GetRequiredService<TaskService>();

    protected TaskQueries Queries => Services.GetRequiredService<TaskQueries>();

    protected HostService Hosts => Services.GetRequiredService<HostService>();

    private HostSessions Sessions => Services.GetRequiredService<HostSessions>();

    public async ValueTask InitializeAsync()
    {
        await Services.MigrateStoreAsync(CancellationToken.None);
        _started = [.. Services.GetServices<IHostedService>().Where(service => service.GetType().Assembly == typeof(TaskEngine).Assembly)];
        foreach (var service in _started)
        {
            await service.StartAsync(CancellationToken.None);
        }
    }

    protected override async ValueTask DisposeAsyncCore()
    {
        foreach (var service in _started.Reverse())
        {
            await service.StopAsync(CancellationToken.None);
        }

        await base.DisposeAsyncCore();
        _folder.Delete(recursive: true);
    }

    /// <summary>A key asks to join under a name; nobody has decided.</summary>
    protected async Task<HostView> AskAsync(string name, params (string Name, string Value)[] labels)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await Sessions.EnrolAsync(
            new EnrolmentRequest
            {
                Name = name,
                PublicKey = key.ExportSubjectPublicKeyInfo(),
                JoinToken = (await Hosts.ReadJoinTokenAsync(Me, CancellationToken.None)).Value,
                Labels = labels.ToDictionary(label => label.Name, label => label.Value, StringComparer.Ordinal),
                Facts = Facts,
                Address = "192.0.2.7",
            },
            CancellationToken.None);
        return (await Hosts.ListAsync(new HostFilter { Search = name, Asking = true }, new PageRequest(1, 10), Me, CancellationToken.None)).Value.Items.Single(host => host.Name == name);
    }

    /// <summary>An approved host, connected unless told otherwise.</summary>
    protected async Task<HostView> AddHostAsync(string name, bool connect = true, params (string Name, string Value)[] labels)
    {
        var host = await AskAsync(name, labels);
        host = (await Hosts.ApproveAsync(host.Id, null, Me, CancellationToken.None)).Value;
        if (connect)
        {
            await HelloAsync(host.Id);
        }

        return host;
    }

    protected async Task<TaskView> CreateAsync(string name, int commands = 1, bool start = false, int retries = 0) => (await Tasks.CreateAsync(
        new TaskSpec
        {
            Name = name,
            Commands = [.. Enumerable.Range(1, commands).Select(number => new CommandSpec { Name = $"step {number}", Script = "true", Retries = retries })],
            Targets = new TargetSpec { All = true },
            Start = start,
        },
        Me,
        idempotency: null,
        CancellationToken.None)).Value;
}
