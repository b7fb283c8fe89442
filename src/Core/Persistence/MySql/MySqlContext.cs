using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;

namespace TaskConsole.Core.Persistence.MySql;

/// <summary>The model on MySQL and MariaDB, through Pomelo.</summary>
internal sealed class MySqlContext(DbContextOptions<MySqlContext> options) : TaskConsoleContext(options)
{
    protected override string LongTextType => "longtext";

    protected override string LongBytesType => "longblob";

    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder)
    {
        base.ConfigureConventions(configurationBuilder);
        configurationBuilder.Properties<Guid>().HaveColumnType("binary(16)");
    }

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        base.OnModelCreating(modelBuilder);

        // Texts are compared by their bytes: names, keys and labels are never equal by case or accent.
        modelBuilder.HasCharSet("utf8mb4").UseCollation("utf8mb4_bin");
    }
}

/// <summary>Lets <c>dotnet ef migrations add NAME --context MySqlContext</c> make the model without a server.</summary>
internal sealed class MySqlDesignTimeFactory : IDesignTimeDbContextFactory<MySqlContext>
{
    public MySqlContext CreateDbContext(string[] args) =>
        new(new DbContextOptionsBuilder<MySqlContext>()
            .UseMySql("Server=localhost;GuidFormat=Binary16", new MariaDbServerVersion(new Version(10, 11)))
            .Options);
}
