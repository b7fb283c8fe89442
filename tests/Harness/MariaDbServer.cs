using System.Globalization;
using System.Security.Cryptography;
using MySqlConnector;

namespace TaskConsole.Harness;

/// <summary>A MariaDB server of a test's own on a free loopback port, with full durability; it can be killed and started again.</summary>
public sealed class MariaDbServer : IAsyncDisposable
{
    private const string Program = "/usr/sbin/mariadbd";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _folder = Directory.CreateTempSubdirectory("taskconsole-mariadb-").FullName;
    private readonly int _port = FreePort.Find();
    private readonly string _password = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
    private ChildProcess? _process;

    /// <summary>Why none can be started here; null: it can.</summary>
    public static string? SkipReason => File.Exists(Program) ? null : $"There is no {Program}; ./test installs it.";

    /// <summary>Id of the server's process.</summary>
    public int Id => _process!.Id;

    /// <summary>Where it keeps its databases and logs.</summary>
    public string DataDirectory => Path.Combine(_folder, "data");

    private static IEnumerable<string> Account => Environment.UserName == "root" ? ["--user=mysql"] : [];

    private string InitFile => Path.Combine(_folder, "init.sql");

    /// <summary>How to reach a database of it.</summary>
    public string ConnectionStringOf(string? database) => new MySqlConnectionStringBuilder
    {
        Server = "127.0.0.1",
        Port = (uint)_port,
        UserID = "root",
        Password = _password,
        Database = database ?? "",
    }.ConnectionString;

    /// <summary>Makes its system tables.</summary>
    public async Task InstallAsync()
    {
        // The server's account must pass.
        File.SetUnixFileMode(_folder, (UnixFileMode)0b111_101_101);
        var data = Directory.CreateDirectory(DataDirectory).FullName;
        await File.WriteAllTextAsync(
            InitFile,
            $"""
            CREATE OR REPLACE USER 'root'@'127.0.0.1' IDENTIFIED BY '{_password}';
            GRANT ALL ON *.* TO 'root'@'127.0.0.1' WITH GRANT OPTION;
            CREATE OR REPLACE USER 'root'@'localhost' IDENTIFIED BY '{_password}';
            GRANT ALL ON *.* TO 'root'@'localhost' WITH GRANT OPTION;
            """);
        if (Account.Any())
        {
            await RunAsync("/usr/bin/chown", "-R", "mysql", _folder);
        }

        await RunAsync("/usr/bin/mariadb-install-db", ["--no-defaults", .. Account, $"--datadir={data}", "--skip-test-db", "--auth-root-authentication-method=normal"]);
    }

    /// <summary>Starts it and waits until it answers.</summary>
    public async Task StartAsync()
    {
        _process = ChildProcess.Start(
            Program,
            [
                "--no-defaults", .. Account, $"--datadir={DataDirectory}", $"--socket={Path.Combine(_folder, "socket")}", $"--pid-file={Path.Combine(_folder, "pid")}",
                $"--port={_port.ToString(CultureInfo.InvariantCulture)}", "--bind-address=127.0.0.1", $"--init-file={InitFile}", "--innodb-flush-log-at-trx-commit=1",
            ],
            new Dictionary<string, string>(StringComparer.Ordinal),
            _folder);
        try
        {
            await Wait.UntilAsync("MariaDB to answer", AnswersAsync, Patience);
        }
        catch (TimeoutException late)
        {
            throw new InvalidOperationException($"{late.Message} It said:{Environment.NewLine}{_process.Output}", late);
        }
    }

    /// <summary>Kills it at once, as a crash would.</summary>
    public Task KillAsync() => _process!.KillAsync();

    /// <summary>A connection, opened.</summary>
    public async Task<MySqlConnection> OpenAsync(string? database = null)
    {
        var connection = new MySqlConnection($"{ConnectionStringOf(database)};Pooling=False");
        await connection.OpenAsync();
        return connection;
    }

    /// <summary>Runs a statement.</summary>
    public async Task ExecuteAsync(string sql, string? database = null)
    {
        await using var connection = await OpenAsync(database);
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }

    private async Task<bool> AnswersAsync()
    {
        if (_process!.HasExited)
        {
            throw new InvalidOperationException($"MariaDB ended with {_process.ExitCode}. It said:{Environment.NewLine}{_process.Output}");
        }

        try
        {
            await using var connection = await OpenAsync();
            return true;
        }
        catch (MySqlException)
        {
            return false;
        }
    }

    private async Task RunAsync(string program, params string[] arguments)
    {
        var process = ChildProcess.Start(program, arguments, new Dictionary<string, string>(StringComparer.Ordinal), _folder);
        await using (process)
        {
            if (await process.ExitAsync(Patience) != 0)
            {
                throw new InvalidOperationException($"{program} ended with {process.ExitCode}: {process.Output}");
            }
        }
    }
}
