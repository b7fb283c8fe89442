using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace TaskConsole.Core.Persistence.Sqlite;

/// <summary>The model on SQLite.</summary>
internal sealed class SqliteContext(DbContextOptions<SqliteContext> options) : TaskConsoleContext(options)
{
    protected override string LongTextType => "TEXT";

    protected override string LongBytesType => "BLOB";

    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder)
    {
        base.ConfigureConventions(configurationBuilder);
        configurationBuilder.Properties<Guid>().HaveConversion<BigEndianGuid>().HaveColumnType("BLOB");
    }

    /// <summary>The default is upper-case text; a blob in this order sorts as the id does.</summary>
    private sealed class BigEndianGuid() : ValueConverter<Guid, byte[]>(
        id => id.ToByteArray(true),
        bytes => new Guid(bytes, true));
}

/// <summary>Lets <c>dotnet ef migrations add NAME --context SqliteContext</c> make the model without a running console.</summary>
internal sealed class SqliteDesignTimeFactory : IDesignTimeDbContextFactory<SqliteContext>
{
    public SqliteContext CreateDbContext(string[] args) =>
        new(new DbContextOptionsBuilder<SqliteContext>().UseSqlite("Data Source=:memory:").Options);
}
