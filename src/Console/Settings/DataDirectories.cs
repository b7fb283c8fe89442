using System.Runtime.Versioning;

namespace TaskConsole.Console.Settings;

/// <summary>The folder with database, keys, certificates and logs.</summary>
internal static class DataDirectories
{
    private static readonly string[] FoldersWithFiles = ["keys", "ca", "logs"];

    // What SQLite keeps beside its database.
    private static readonly string[] DatabaseSuffixes = ["", "-wal", "-shm", "-journal"];

    /// <summary>
    /// Makes <c>DataDirectory</c> when it is not there, for its owner alone, keeps what is in it from other accounts (see
    /// <see cref="PrivateFiles"/>), and tries whether it can be written.
    /// </summary>
    /// <param name="setting">Relative ones count from the current directory.</param>
    /// <param name="databaseFile">Full path of the SQLite file; null: the one in the folder, or none.</param>
    /// <returns>Its full path without links, and the paths whose mode was mended.</returns>
    /// <exception cref="WrongSettingException">It cannot be used, or is not this account's alone.</exception>
    public static (string Path, IReadOnlyList<string> Mended) Prepare(string? setting, string? databaseFile)
    {
        var path = setting ?? "data";
        try
        {
            var full = Path.GetFullPath(path);
            IReadOnlyList<string> mended = [];
            if (OperatingSystem.IsLinux())
            {
                (full, mended) = MakePrivate(full, databaseFile);
            }

            Make(full);
            var probe = Path.Combine(full, $".write-{Guid.NewGuid():N}");
            File.Create(probe, bufferSize: 1, FileOptions.DeleteOnClose).Dispose();
            return (full, mended);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new WrongSettingException("DataDirectory", path, $"a folder that this account can write ({failure.Message.ReplaceLineEndings(" ").TrimEnd('.')})");
        }
    }

    [SupportedOSPlatform("linux")]
    private static (string Path, IReadOnlyList<string> Mended) MakePrivate(string setting, string? databaseFile)
    {
        var own = new PrivateFiles("DataDirectory");
        var path = own.CheckWayTo(setting);
        Make(path);
        own.CheckFolder(path);
        own.CheckFile(Path.Combine(path, DataDirectoryLock.FileName));
        own.CheckFolder(Path.Combine(path, "demo"));
        foreach (var name in FoldersWithFiles)
        {
            own.CheckFolderAndFiles(Path.Combine(path, name));
        }

        foreach (var suffix in DatabaseSuffixes)
        {
            own.CheckFile(Path.Combine(path, "taskconsole.db") + suffix);
        }

        if (databaseFile is null)
        {
            return (path, own.Mended);
        }

        var database = new PrivateFiles("ConnectionStrings:Database");
        database.CheckFolderOfFile(Path.GetDirectoryName(databaseFile)!);
        foreach (var suffix in DatabaseSuffixes)
        {
            database.CheckFile(databaseFile + suffix);
        }

        return (path, [.. own.Mended, .. database.Mended]);
    }

    /// <summary>Makes a folder for its owner alone.</summary>
    public static void Make(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }
}
