namespace TaskConsole.Console.Settings;

/// <summary>One console at a time uses a data directory: the start of a second would take the agents of the first for absent.</summary>
internal sealed class DataDirectoryLock : IDisposable
{
    /// <summary>Name of the file in the data directory.</summary>
    public const string FileName = "console.lock";

    private readonly FileStream _file;

    private DataDirectoryLock(FileStream file) => _file = file;

    /// <summary>Holds it until disposed; it is free when the process ends, however that comes.</summary>
    /// <exception cref="WrongSettingException">Another console holds it.</exception>
    public static DataDirectoryLock Take(string dataDirectory)
    {
        Directory.CreateDirectory(dataDirectory);
        try
        {
            return new DataDirectoryLock(new FileStream(Path.Combine(dataDirectory, FileName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException)
        {
            throw new WrongSettingException($"DataDirectory: another console uses '{dataDirectory}'; a second one needs a folder and a database of its own.");
        }
    }

    public void Dispose() => _file.Dispose();
}
