using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace TaskConsole.Core.Persistence;

/// <summary>Brings the schema up to date at start.</summary>
internal sealed class StoreMigrator(StoreContexts contexts)
{
    /// <summary>Applies what is missing. Safe when several instances start at once, and after a start that was killed in the middle.</summary>
    public async Task MigrateAsync(CancellationToken cancellationToken)
    {
        if (contexts.File is { } file && Path.GetFullPath(file) is var path)
        {
            // EF's own lock on SQLite is a row that a killed start leaves behind for ever; the kernel frees this one.
            await using var held = await HoldAsync(path + ".migrating", cancellationToken);
            await ApplyAsync(forgetAbandonedLock: true, cancellationToken);
        }
        else
        {
            await ApplyAsync(forgetAbandonedLock: false, cancellationToken);
        }
    }

    private async Task ApplyAsync(bool forgetAbandonedLock, CancellationToken cancellationToken)
    {
        var context = contexts.CreateDbContext();
        await using (context)
        {
            if (forgetAbandonedLock)
            {
                await context.Database.ExecuteSqlRawAsync("DROP TABLE IF EXISTS \"__EFMigrationsLock\"", cancellationToken);
            }

            await context.GetService<IMigrator>().MigrateAsync(null, cancellationToken);
        }
    }

    private static async Task<FileStream> HoldAsync(string path, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1);
            }
            catch (IOException) when (Directory.Exists(Path.GetDirectoryName(path)))
            {
                await Task.Delay(50, cancellationToken);
            }
        }
    }
}
