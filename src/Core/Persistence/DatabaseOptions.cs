namespace TaskConsole.Core.Persistence;

/// <summary>Database engines.</summary>
public enum DatabaseProvider
{
    /// <summary>A file in the data directory.</summary>
    Sqlite,

    /// <summary>MySQL 8 and MariaDB 10.11 or newer.</summary>
    MySql,
}

/// <summary>Settings <c>Database:*</c> and <c>ConnectionStrings:Database</c>.</summary>
public sealed class DatabaseOptions
{
    /// <summary>Name of the section.</summary>
    public const string Section = "Database";

    public DatabaseProvider Provider { get; set; } = DatabaseProvider.Sqlite;

    /// <summary>From <c>ConnectionStrings:Database</c>; SQLite falls back to a file in the data directory.</summary>
    public string ConnectionString { get; set; } = "";
}
