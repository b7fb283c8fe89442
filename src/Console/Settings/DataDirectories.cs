namespace TaskConsole.Console.Settings;

/// <summary>The folder with database, keys, certificates and logs.</summary>
internal static class DataDirectories
{
    /// <summary>Makes <c>DataDirectory</c> when it is not there, for its owner alone, and tries whether it can be written.</summary>
    /// <returns>Its full path; relative ones count from the current directory.</returns>
    public static string Prepare(string? setting)
    {
        var path = setting ?? "data";
        try
        {
            var full = Path.GetFullPath(path);
            Make(full);
            var probe = Path.Combine(full, $".write-{Guid.NewGuid():N}");
            File.Create(probe, bufferSize: 1, FileOptions.DeleteOnClose).Dispose();
            return full;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new WrongSettingException("DataDirectory", path, $"a folder that this account can write ({failure.Message.ReplaceLineEndings(" ").TrimEnd('.')})");
        }
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
