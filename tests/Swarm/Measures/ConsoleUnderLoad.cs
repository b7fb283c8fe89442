using System.Security.Cryptography;
using TaskConsole.Harness;

namespace TaskConsole.Swarm.Measures;

/// <summary>The console that is measured, on SQLite or on a MariaDB server of its own, both with full durability.</summary>
internal sealed class ConsoleUnderLoad : IAsyncDisposable
{
    private const string Database = "swarm";

    private readonly string _folder = Directory.CreateTempSubdirectory("taskconsole-swarm-").FullName;
    private readonly string _token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24));
    private readonly bool _tls;
    private MariaDbServer? _server;
    private ConsoleProcess _console = null!;

    private ConsoleUnderLoad(bool tls) => _tls = tls;

    public string JoinToken { get; } = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24));

    public RestApi Api { get; private set; } = null!;

    public int Id => _console.Id;

    public string Log => _console.Log;

    public Uri Web => _console.Address;

    /// <summary>For API and live views.</summary>
    public string Token => _token;

    /// <summary>Holds all that this run writes.</summary>
    public string Folder => _folder;

    /// <summary>What console and database have on disk, bytes.</summary>
    public long BytesOnDisk => DiskUse.Of(_console.DataDirectory) + (_server is null ? 0 : DiskUse.Of(_server.DataDirectory));

    public Uri Hub => new($"{(_tls ? "https" : "http")}://127.0.0.1:{_console.HubPort}");

    /// <summary>The same database, for the bare statements.</summary>
    public Bare.BareStore Bare => _server is null
        ? new Bare.BareStore(new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={Path.Combine(_console.DataDirectory, "taskconsole.db")};Pooling=False"))
        : new Bare.BareStore(new MySqlConnector.MySqlConnection(_server.ConnectionStringOf(Database)));

    /// <summary>CPU that console and database have used, of all cores.</summary>
    public TimeSpan Cpu => ProcessFigures.Cpu(Id) + (_server is null ? TimeSpan.Zero : ProcessFigures.Cpu(_server.Id));

    public static Task<ConsoleUnderLoad> StartAsync(string store, bool tls, params (string Name, string Value)[] more) => StartAsync(BuiltPrograms.Console, store, tls, more);

    /// <param name="program">The console's file.</param>
    /// <param name="store">sqlite or mariadb.</param>
    /// <param name="tls">Agents connect by TLS.</param>
    /// <param name="more">Settings beside the usual ones, as environment variables.</param>
    public static async Task<ConsoleUnderLoad> StartAsync(string program, string store, bool tls, params (string Name, string Value)[] more)
    {
        var console = new ConsoleUnderLoad(tls);
        var settings = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["Security__BootstrapApiToken"] = console._token,
            ["Agents__JoinToken"] = console.JoinToken,
            ["Agents__AutoApprove"] = "true",
            ["AgentHub__Tls"] = tls ? "true" : "false",
            ["AgentHub__EnrolmentsPerMinute"] = "1000000",
            ["AgentHub__EnrolmentsPerMinutePerAddress"] = "1000000",
            ["Logging__LogLevel__Default"] = "Warning",
        };
        foreach (var (name, value) in more)
        {
            settings[name] = value;
        }

        if (store == "mariadb")
        {
            console._server = new MariaDbServer();
            await console._server.InstallAsync();
            await console._server.StartAsync();
            await console._server.ExecuteAsync($"CREATE DATABASE {Database} CHARACTER SET utf8mb4");
            settings["Database__Provider"] = "MySql";
            settings["ConnectionStrings__Database"] = console._server.ConnectionStringOf(Database);
        }

        console._console = new ConsoleProcess(console._folder, settings) { Program = program };
        console.Api = new RestApi(console._console.Address, console._token);
        await console.RestartAsync();
        return console;
    }

    /// <summary>Starts it and waits until it answers.</summary>
    public Task RestartAsync() => _console.StartAsync(async () => (await Api.GetAsync("/hosts?pageSize=1")).GetProperty("total").GetInt32() >= 0);

    public Task KillAsync() => _console.KillAsync();

    public async ValueTask DisposeAsync()
    {
        await _console.DisposeAsync();
        Api.Dispose();
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }
}
