using System.Security.Cryptography;
using MySqlConnector;
using TaskConsole.Harness;

namespace TaskConsole.Faults.Lab;

/// <summary>On a MariaDB server of its own, which can be killed.</summary>
public class MariaDbLab : FaultLab
{
    internal const string Database = "faults";

    // The console's own: unlike root it can be kept from writing.
    private const string Account = "console";

    private readonly string _password = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    public override string StoreName => "MariaDB";

    public override string? SkipReason => MariaDbServer.SkipReason;

    internal MariaDbServer Server { get; } = new();

    public override async ValueTask InitializeAsync()
    {
        if (SkipReason is null)
        {
            await Server.InstallAsync();
            await Server.StartAsync();
            await Server.ExecuteAsync(
                $"""
                CREATE DATABASE {Database} CHARACTER SET utf8mb4;
                CREATE USER '{Account}'@'127.0.0.1' IDENTIFIED BY '{_password}';
                GRANT ALL ON {Database}.* TO '{Account}'@'127.0.0.1'
                """);
        }

        await base.InitializeAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await Server.DisposeAsync();
    }

    /// <summary>Kills the server and starts it again after a time.</summary>
    internal async Task WithoutStoreAsync(TimeSpan time, Action? meanwhile = null)
    {
        await Server.KillAsync();
        meanwhile?.Invoke();
        await Task.Delay(time);
        await Server.StartAsync();
    }

    protected override IReadOnlyDictionary<string, string> DatabaseSettings() => new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["Database__Provider"] = "MySql",
        ["ConnectionStrings__Database"] = new MySqlConnectionStringBuilder(Server.ConnectionStringOf(Database)) { UserID = Account, Password = _password }.ConnectionString,
    };
}

/// <summary>Scenarios that share a console on MariaDB.</summary>
[CollectionDefinition(Name)]
public sealed class OnMariaDb : ICollectionFixture<MariaDbLab>
{
    public const string Name = "Lab on MariaDB";
}

/// <summary>A console and server of their own for random faults, which go on for a set time beside the other scenarios.</summary>
[CollectionDefinition(Name)]
public sealed class RandomOnMariaDb : ICollectionFixture<MariaDbLab>
{
    public const string Name = "Random faults on MariaDB";
}
