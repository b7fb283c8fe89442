namespace TaskConsole.Core.Leadership;

/// <summary>
/// Who this console is among those that use one database. The id is kept in the data directory, which one process at a time
/// holds. Beside it stand the place of the folder and the boot of the machine: in another place or boot the folder may be a copy.
/// </summary>
internal sealed class InstanceIdentity
{
    /// <summary>Name of the file in the data directory: id, boot and full path, a line each.</summary>
    public const string FileName = "instance";

    private const string BootFile = "/proc/sys/kernel/random/boot_id";

    /// <param name="dataDirectory">Full path; made when it is not there.</param>
    public InstanceIdentity(string dataDirectory)
    {
        Directory.CreateDirectory(dataDirectory);
        var path = Path.Combine(dataDirectory, FileName);
        string[] here = [File.Exists(BootFile) ? File.ReadAllText(BootFile).Trim() : "", Path.GetFullPath(dataDirectory)];
        var kept = File.Exists(path) ? File.ReadAllLines(path) : [];
        (Id, IsSamePlace) = kept.Length > 0 && Guid.TryParse(kept[0], out var id) && id != Guid.Empty
            ? (id, kept.AsSpan(1).SequenceEqual(here))
            : (Guid.NewGuid(), false);
        if (!IsSamePlace)
        {
            File.WriteAllLines(path, [Id.ToString(), .. here]);
        }
    }

    /// <summary>Never empty.</summary>
    public Guid Id { get; }

    /// <summary>The process that had this id before ran in this folder during this boot, so it is gone.</summary>
    public bool IsSamePlace { get; }
}
