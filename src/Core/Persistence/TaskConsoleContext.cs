using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;
using TaskConsole.Core.Acts;
using TaskConsole.Core.Hosts;
using TaskConsole.Core.Leadership;
using TaskConsole.Core.Outputs;
using TaskConsole.Core.Results;
using TaskConsole.Core.Stories;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Core.Persistence;

/// <summary>The model of the store. One subclass and one set of migrations for each engine.</summary>
internal abstract class TaskConsoleContext(DbContextOptions options) : DbContext(options)
{
    public DbSet<OpsTask> Tasks => Set<OpsTask>();

    public DbSet<Command> Commands => Set<Command>();

    public DbSet<CommandHost> CommandHosts => Set<CommandHost>();

    public DbSet<CommandResult> CommandResults => Set<CommandResult>();

    public DbSet<CommandHostEvent> CommandHostEvents => Set<CommandHostEvent>();

    public DbSet<OutputFrame> OutputFrames => Set<OutputFrame>();

    public DbSet<SealedOutput> Outputs => Set<SealedOutput>();

    public DbSet<Host> Hosts => Set<Host>();

    public DbSet<HostKey> HostKeys => Set<HostKey>();

    public DbSet<IdempotencyKey> IdempotencyKeys => Set<IdempotencyKey>();

    public DbSet<Installation> Installations => Set<Installation>();

    public DbSet<Lease> Leases => Set<Lease>();

    public DbSet<AuditRow> Audit => Set<AuditRow>();

    /// <summary>Column type of a text that may be long on this engine.</summary>
    protected abstract string LongTextType { get; }

    /// <summary>Column type of bytes that may be long on this engine.</summary>
    protected abstract string LongBytesType { get; }

    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder)
    {
        configurationBuilder.Properties<DateTimeOffset>().HaveConversion<UnixMilliseconds>();
    }

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.HasDbFunction(() => Part(default!, default, default)).HasName("SUBSTR").IsBuiltIn();
        modelBuilder.ApplyConfigurationsFromAssembly(typeof(TaskConsoleContext).Assembly);
        foreach (var entity in modelBuilder.Model.GetEntityTypes())
        {
            foreach (var property in entity.GetProperties())
            {
                property.SetColumnName(SnakeCase(property.Name));
                if (property.FindAnnotation(LongAnnotation) is not null)
                {
                    property.SetColumnType(property.ClrType == typeof(string) ? LongTextType : LongBytesType);
                }
            }
        }
    }

    /// <summary>Marks a property whose text or bytes may be long.</summary>
    internal const string LongAnnotation = "TaskConsole:Long";

    /// <summary>Some of the bytes of a column, in a query: what is long stays in the store.</summary>
    /// <param name="bytes">The column.</param>
    /// <param name="from">Of the first, from 1.</param>
    /// <param name="count">How many at most.</param>
    /// <returns>null on SQLite where there is nothing to cut from.</returns>
    public static byte[]? Part(byte[] bytes, long from, int count) => throw new NotSupportedException("Only in a query.");

    private static string SnakeCase(string name)
    {
        var text = new StringBuilder(name.Length + 8);
        foreach (var letter in name)
        {
            if (char.IsUpper(letter) && text.Length > 0)
            {
                text.Append('_');
            }

            text.Append(char.ToLowerInvariant(letter));
        }

        return text.ToString();
    }

    /// <summary>Times are stored as Unix milliseconds: the same on both engines, short, and comparable.</summary>
    private sealed class UnixMilliseconds() : ValueConverter<DateTimeOffset, long>(
        time => time.ToUnixTimeMilliseconds(),
        milliseconds => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds));
}
