using System.Data.Common;
using System.Globalization;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Configuration.Memory;
using MySqlConnector;
using Serilog.Events;
using TaskConsole.Core.Hosts;
using TaskConsole.Core.Outputs;
using TaskConsole.Core.Persistence;
using TaskConsole.Core.Queue;

namespace TaskConsole.Console.Settings;

/// <summary>What the console itself needs of the settings, read and checked once, before anything else is made of them.</summary>
internal sealed record ConsoleSettings
{
    /// <summary>Most agents that <c>--demo</c> starts.</summary>
    public const int MaxDemoAgents = 50;

    /// <summary>Shortest <c>Security:BootstrapApiToken</c>, in characters.</summary>
    public const int MinTokenLength = 16;

    private const string TokenSetting = "Security:BootstrapApiToken";

    /// <summary><c>Urls</c>: where web, REST and SignalR listen.</summary>
    public required IReadOnlyList<WebAddress> Urls { get; init; }

    /// <summary><c>DataDirectory</c>, full path; exists, and is this account's alone.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>Files and folders that other accounts could open until this start mended their mode.</summary>
    public IReadOnlyList<string> MendedFiles { get; init; } = [];

    /// <summary><c>Security:BootstrapApiToken</c>: an administrator's token that exists from the first start.</summary>
    public string? BootstrapApiToken { get; init; }

    /// <summary><c>--demo N</c>: how many agents to start on this machine.</summary>
    public int DemoAgents { get; init; }

    /// <summary><c>Logging:Level</c>: the least of TaskConsole's own messages that is logged.</summary>
    public LogEventLevel LogLevel { get; init; } = LogEventLevel.Information;

    /// <summary>Leaves out the token, so that no log can show it.</summary>
    public override string ToString() => $"{nameof(ConsoleSettings)} in {DataDirectory}";

    /// <summary>Reads and checks every setting, and makes the data directory.</summary>
    /// <exception cref="WrongSettingException">One is wrong.</exception>
    public static ConsoleSettings Read(IConfigurationManager configuration)
    {
        var demo = ReadDemo(configuration["Demo"]);
        if (demo > 0)
        {
            configuration.Sources.Insert(0, new MemoryConfigurationSource
            {
                InitialData = [new($"{AgentsOptions.Section}:{nameof(AgentsOptions.AutoApprove)}", "true")],
            });
        }

        OptionsCheck.Check<DatabaseOptions>(configuration, DatabaseOptions.Section);
        OptionsCheck.Check<DispatchOptions>(configuration, DispatchOptions.Section);
        OptionsCheck.Check<OutputOptions>(configuration, OutputOptions.Section);
        OptionsCheck.Check<AgentsOptions>(configuration, AgentsOptions.Section);
        OptionsCheck.CheckNumber(configuration, "AgentHub:OfflineAfterSeconds", 0, 604_800);
        CheckDatabase(configuration);
        CheckToken("Agents:JoinToken", configuration["Agents:JoinToken"]);
        CheckToken(TokenSetting, configuration[TokenSetting]);

        var urls = WebAddress.ReadAll(configuration["Urls"]);
        var level = ReadLevel(configuration["Logging:Level"]);
        var (dataDirectory, mended) = DataDirectories.Prepare(configuration["DataDirectory"], SqliteFile(configuration));
        return new ConsoleSettings
        {
            Urls = urls,
            DataDirectory = dataDirectory,
            MendedFiles = mended,
            BootstrapApiToken = configuration[TokenSetting],
            DemoAgents = demo,
            LogLevel = level,
        };
    }

    private static int ReadDemo(string? text)
    {
        var valid = int.TryParse(text ?? "0", NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count <= MaxDemoAgents;
        return valid ? count : throw new WrongSettingException("--demo", text, $"a whole number from 1 to {MaxDemoAgents}");
    }

    private static LogEventLevel ReadLevel(string? text) => text switch
    {
        null => LogEventLevel.Information,
        _ when Enum.TryParse<LogEventLevel>(text, ignoreCase: true, out var level) && Enum.IsDefined(level) => level,
        _ => throw new WrongSettingException("Logging:Level", text, "one of " + string.Join(", ", Enum.GetNames<LogEventLevel>())),
    };

    private static void CheckToken(string setting, string? token)
    {
        if (token is not null && (token.Length < MinTokenLength || token.Any(character => character is <= ' ' or > '~')))
        {
            throw new WrongSettingException($"{setting} is {token.Length} characters long; it must be at least {MinTokenLength} printable ASCII characters without spaces.");
        }
    }

    private static void CheckDatabase(IConfiguration configuration)
    {
        const string setting = "ConnectionStrings:Database";
        var text = configuration[setting];
        var provider = Enum.Parse<DatabaseProvider>(configuration["Database:Provider"] ?? nameof(DatabaseProvider.Sqlite), ignoreCase: true);
        if (provider == DatabaseProvider.MySql && string.IsNullOrWhiteSpace(text))
        {
            throw new WrongSettingException(setting, value: null, "a connection string such as 'Server=127.0.0.1;Database=taskconsole;User ID=taskconsole;Password=…' when Database:Provider is MySql");
        }

        try
        {
            DbConnectionStringBuilder parsed = provider == DatabaseProvider.MySql ? new MySqlConnectionStringBuilder() : new SqliteConnectionStringBuilder();
            parsed.ConnectionString = text;
        }
        catch (Exception malformed) when (malformed is ArgumentException or FormatException or InvalidOperationException)
        {
            throw new WrongSettingException($"{setting} (not shown: it may hold a password) is not a connection string that {provider} understands: {OneLine(malformed.Message)}");
        }
    }

    // Null where the database is no file that the connection string names.
    private static string? SqliteFile(IConfiguration configuration)
    {
        var provider = Enum.Parse<DatabaseProvider>(configuration["Database:Provider"] ?? nameof(DatabaseProvider.Sqlite), ignoreCase: true);
        if (provider != DatabaseProvider.Sqlite)
        {
            return null;
        }

        var connection = new SqliteConnectionStringBuilder(configuration["ConnectionStrings:Database"]);
        var isFile = connection.DataSource.Length > 0
            && connection.Mode != SqliteOpenMode.Memory
            && !connection.DataSource.StartsWith(':')
            && !connection.DataSource.StartsWith("file:", StringComparison.OrdinalIgnoreCase);
        return isFile ? Path.GetFullPath(connection.DataSource) : null;
    }

    private static string OneLine(string text) => text.ReplaceLineEndings(" ").TrimEnd('.', ' ') + ".";
}
