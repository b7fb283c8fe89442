namespace TaskConsole.Core.Leadership;

/// <summary>
/// Who this console is among those that use one database. The id is kept in the data directory, which one process at a time
/// holds: what this id held before was held by a process that is gone.
/// </summary>
internal sealed class InstanceIdentity
{
    /// <summary>Name of the file in the data directory.</summary>
    public const string FileName = "instance";

    /// <param name="dataDirectory">Full path; made when it is not there.</param>
    public InstanceIdentity(string dataDirectory)
    {
        Directory.CreateDirectory(dataDirectory);
        var path = Path.Combine(dataDirectory, FileName);
        Id = File.Exists(path) && Guid.TryParse(File.ReadAllText(path), out var kept) && kept != Guid.Empty ? kept : Make(path);
    }

    /// <summary>Never empty.</summary>
    public Guid Id { get; }

    private static Guid Make(string path)
    {
        var made = Guid.NewGuid();
        File.WriteAllText(path, made.ToString());
        return made;
    }
}
