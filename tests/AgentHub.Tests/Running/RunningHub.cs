using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using TaskConsole.AgentHub.Certificates;
using TaskConsole.AgentHub.Sessions;
using TaskConsole.Core;
using TaskConsole.Core.Acts;
using TaskConsole.Core.Hosts;
using TaskConsole.Core.Tasks;
using TaskConsole.Core.Tasks.Composing;

namespace TaskConsole.AgentHub.Tests.Running;

/// <summary>The real hub on the real Core: Kestrel on free loopback ports, SQLite in a folder of its own.</summary>
internal sealed class RunningHub : IAsyncDisposable
{
    public const string JoinToken = "a-join-token-for-tests";
    public static readonly Actor Person = new(ActorKind.Person, Guid.CreateVersion7(), "tester");

    private readonly TemporaryDirectory _directory;
    private readonly WebApplication _app;
    private readonly List<GrpcChannel> _channels = [];

    private RunningHub(TemporaryDirectory directory, WebApplication app, GatheredLog log)
    {
        _directory = directory;
        _app = app;
        Log = log;
        var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.ToList();
        Web = new Uri(addresses[0]);
        Address = new Uri(addresses[1]);
    }

    public Uri Web { get; }

    public Uri Address { get; }

    public GatheredLog Log { get; }

    public string DataDirectory => _directory.Path;

    public IServiceProvider Services => _app.Services;

    public HubCertificates Certificates => Services.GetRequiredService<HubCertificates>();

    public HostService Hosts => Services.GetRequiredService<HostService>();

    public SessionRegistry Sessions => Services.GetRequiredService<SessionRegistry>();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static async Task<RunningHub> StartAsync(TimeProvider? time = null, params (string Name, string Value)[] settings)
    {
        var directory = new TemporaryDirectory();
        var log = new GatheredLog();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["AgentHub:Listen"] = "127.0.0.1:0",
            ["AgentHub:Tls"] = "false",
            ["Agents:JoinToken"] = JoinToken,
            ["Agents:AutoApprove"] = "true",
        });
        builder.Configuration.AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create<string, string?>(setting.Name, setting.Value)));
        builder.Logging.ClearProviders().SetMinimumLevel(builder.Configuration.GetValue("LogLevel", LogLevel.Information)).AddProvider(log);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, endpoint => endpoint.Protocols = HttpProtocols.Http1AndHttp2));
        builder.WebHost.ListenForAgents();
        builder.Services.AddSingleton(time ?? TimeProvider.System);
        builder.Services.AddDataProtection().UseEphemeralDataProtectionProvider();
        builder.Services.AddTaskEngine(builder.Configuration, directory.Path);
        builder.Services.AddAgentHub(builder.Configuration, directory.Path);
        builder.Services.AddSingleton<WebRequests>();

        var app = builder.Build();
        var web = app.Services.GetRequiredService<WebRequests>();
        app.Use(next => context =>
        {
            web.Add();
            return next(context);
        });
        app.MapGet("/", () => "the web");
        await app.Services.MigrateStoreAsync(Token);
        await app.StartAsync(Token);

        // Made on first use; here, so that dumps can be compared.
        await app.Services.GetRequiredService<HostSessions>().HubIdAsync(Token);
        return new RunningHub(directory, app, log);
    }

    /// <summary>A client of a connection of its own.</summary>
    public HubClient Client(SocketsHttpHandler? handler = null)
    {
        var channel = GrpcChannel.ForAddress(Address, new GrpcChannelOptions { HttpHandler = handler ?? Trusting(), DisposeHttpClient = true });
        _channels.Add(channel);
        return new HubClient(channel.CreateCallInvoker());
    }

    /// <summary>An agent that has joined and was approved.</summary>
    public async Task<TestAgent> JoinAsync(string name)
    {
        var agent = new TestAgent(Client(), name);
        await agent.EnrolAsync(JoinToken);
        return agent;
    }

    /// <summary>Starts a task of one command on these hosts.</summary>
    public async Task<TaskView> StartTaskAsync(string script, IReadOnlyDictionary<string, string>? parameters, params TestAgent[] agents) =>
        await StartTaskAsync(script, parameters, secrets: null, agents);

    public async Task<TaskView> StartTaskAsync(string script, IReadOnlyDictionary<string, string>? parameters, IReadOnlyDictionary<string, string>? secrets, TestAgent[] agents)
    {
        var answer = await Services.GetRequiredService<TaskService>().CreateAsync(
            new TaskSpec
            {
                Name = "a task",
                Commands = [new CommandSpec { Script = script }],
                Targets = new TargetSpec { HostIds = [.. agents.Select(agent => agent.Id)] },
                Parameters = parameters,
                SecretParameters = secrets,
                Start = true,
            },
            Person,
            idempotency: null,
            Token);
        return answer.Value;
    }

    public async Task<CommandHostView> CommandHostAsync(Guid taskId)
    {
        var page = await Services.GetRequiredService<TaskQueries>().HostsAsync(taskId, new CommandHostFilter(), new PageRequest(1, 10), Person, Token);
        return Assert.Single(page.Value.Items);
    }

    public async Task<HostView> HostAsync(Guid hostId) => (await Hosts.GetAsync(hostId, Person, Token)).Value;

    /// <summary>Everything that the database holds but leases, as text.</summary>
    public async Task<string> DumpAsync()
    {
        var connection = await OpenDatabaseAsync();
        await using (connection)
        {
            List<string> lines = [];
            foreach (var table in await RowsAsync(connection, "SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'leases' ORDER BY name"))
            {
                lines.Add(table);
                lines.AddRange((await RowsAsync(connection, $"SELECT * FROM \"{table}\"")).Order(StringComparer.Ordinal));
            }

            return string.Join('\n', lines);
        }
    }

    /// <summary>Runs a statement on the database, behind the hub's back.</summary>
    public async Task ExecuteAsync(string sql)
    {
        var connection = await OpenDatabaseAsync();
        await using (connection)
        {
            await RowsAsync(connection, sql);
        }
    }

    /// <summary>Nobody can write to the database until the answer is disposed.</summary>
    public async Task<SqliteConnection> LockStoreAsync()
    {
        var connection = await OpenDatabaseAsync();
        await RowsAsync(connection, "BEGIN IMMEDIATE");
        return connection;
    }

    public Task StopAsync() => _app.StopAsync(Token);

    public async ValueTask DisposeAsync()
    {
        _channels.ForEach(channel => channel.Dispose());
        await _app.DisposeAsync();

        // Its connections go with time: to clear all pools would close those that other hubs use.
        _directory.Dispose();
    }

    /// <summary>Trusts the hub's authority alone, as an agent does.</summary>
    public SocketsHttpHandler Trusting()
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        if (Certificates.AuthorityDer is { Length: > 0 } der)
        {
            policy.CustomTrustStore.Add(X509CertificateLoader.LoadCertificate(der));
        }

        return new SocketsHttpHandler { SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = policy } };
    }

    private async Task<SqliteConnection> OpenDatabaseAsync()
    {
        var connection = new SqliteConnection($"Data Source={Path.Combine(_directory.Path, "taskconsole.db")};Pooling=False");
        await connection.OpenAsync(Token);
        return connection;
    }

    private static async Task<List<string>> RowsAsync(SqliteConnection connection, string sql)
    {
        var command = connection.CreateCommand();
        await using (command)
        {
#pragma warning disable CA2100 // Names come from the database itself.
            command.CommandText = sql;
#pragma warning restore CA2100
            List<string> rows = [];
            using var reader = await command.ExecuteReaderAsync(Token);
            while (await reader.ReadAsync(Token))
            {
                rows.Add(string.Join('|', Enumerable.Range(0, reader.FieldCount).Select(i => reader.GetValue(i) is byte[] bytes ? Convert.ToHexString(bytes) : Convert.ToString(reader.GetValue(i), System.Globalization.CultureInfo.InvariantCulture))));
            }

            return rows;
        }
    }
}

/// <summary>Counts the requests that came to what the web put into the pipeline behind the hub.</summary>
internal sealed class WebRequests
{
    private int _count;

    public int Count => Volatile.Read(ref _count);

    public void Add() => Interlocked.Increment(ref _count);
}
