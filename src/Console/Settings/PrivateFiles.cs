using System.Globalization;
using System.Runtime.Versioning;

namespace TaskConsole.Console.Settings;

/// <summary>
/// Keeps what the console must keep to itself from other accounts of the machine. Looks at owner and mode of folders and
/// files from the root of the path on: what belongs to this account and is too open is mended; a foreign owner, a link
/// in place of a file, and a folder in the path in which others could put another one in its place stop the start.
/// </summary>
/// <param name="setting">The setting that leads to them, for the sentence.</param>
[SupportedOSPlatform("linux")]
internal sealed class PrivateFiles(string setting)
{
    private const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    private const int MostLinks = 40;
    private const uint Root = 0;
    private readonly uint _user = Posix.EffectiveUser();
    private readonly List<string> _mended = [];

    /// <summary>The paths whose mode was too open until now.</summary>
    public IReadOnlyList<string> Mended => _mended;

    /// <summary>Checks the folders above a path, through links, which root or this account must have made.</summary>
    /// <param name="path">Full path; what does not exist yet is not looked at.</param>
    /// <returns>The path without links.</returns>
    /// <exception cref="WrongSettingException">Others could put something in its place.</exception>
    /// <exception cref="IOException">A folder cannot be looked at.</exception>
    public string CheckWayTo(string path)
    {
        var links = 0;
        var left = new Stack<string>(Parts(path));
        var folder = "/";
        CheckFolderInWay(folder, path);
        while (left.TryPop(out var name))
        {
            var next = Path.GetFullPath(Path.Combine(folder, name));
            var status = Posix.Status(next);
            if (status is { IsLink: true } link)
            {
                CheckOwnerInWay(next, link);
                var target = Directory.ResolveLinkTarget(next, returnFinalTarget: false)!.FullName;
                if (++links > MostLinks)
                {
                    throw new WrongSettingException($"{setting}: too many links in the path '{path}'; give the folder itself.");
                }

                foreach (var part in Parts(target))
                {
                    left.Push(part);
                }

                folder = "/";
            }
            else
            {
                // The last one is looked at for itself.
                if (left.Count > 0 && status is not null)
                {
                    CheckFolderInWay(next, path);
                }

                folder = next;
            }
        }

        return folder;
    }

    /// <summary>Checks a folder for files that are private, which need not be private itself, and the way to it.</summary>
    /// <param name="path">Full path.</param>
    /// <exception cref="WrongSettingException">Others could put a file of theirs there.</exception>
    /// <exception cref="IOException">A folder cannot be looked at.</exception>
    public void CheckFolderOfFile(string path)
    {
        var folder = CheckWayTo(path);
        if (Posix.Status(folder) is not null)
        {
            CheckFolderInWay(folder, path);
        }
    }

    /// <summary>Checks a folder, and mends its mode; nothing is done where there is none.</summary>
    /// <exception cref="WrongSettingException">It belongs to somebody else, or is a link or a file.</exception>
    /// <exception cref="IOException">It cannot be opened, or its mode cannot be changed.</exception>
    public void CheckFolder(string path) => Check(path, folder: true);

    /// <summary>Checks a file, and mends its mode; nothing is done where there is none.</summary>
    /// <exception cref="WrongSettingException">It belongs to somebody else, or is a link or no regular file.</exception>
    /// <exception cref="IOException">It cannot be opened, or its mode cannot be changed.</exception>
    public void CheckFile(string path) => Check(path, folder: false);

    /// <summary>Checks a folder and all files in it; folders in it are not entered.</summary>
    /// <exception cref="WrongSettingException">One of them belongs to somebody else, or is a link.</exception>
    /// <exception cref="IOException">One of them cannot be opened, or its mode cannot be changed.</exception>
    public void CheckFolderAndFiles(string path)
    {
        CheckFolder(path);
        if (!Directory.Exists(path))
        {
            return;
        }

        foreach (var entry in Directory.EnumerateFileSystemEntries(path).Order(StringComparer.Ordinal))
        {
            if (Posix.Status(entry) is { IsFolder: false })
            {
                CheckFile(entry);
            }
        }
    }

    private void Check(string path, bool folder)
    {
        if (Posix.Status(path) is not { } seen)
        {
            return;
        }

        // Told before it is opened: what is no file may do something when it is.
        CheckKind(path, seen, folder);
        using var file = Posix.Open(path);
        var status = Posix.Status(file, path);
        CheckKind(path, status, folder);
        if ((status.Permissions & Others) == UnixFileMode.None)
        {
            return;
        }

        File.SetUnixFileMode(file, status.Permissions & ~Others);
        if ((Posix.Status(file, path).Permissions & Others) != UnixFileMode.None)
        {
            throw new WrongSettingException($"{setting}: other accounts can open '{path}', and its file system keeps no modes; give a folder on another file system.");
        }

        _mended.Add(path);
    }

    private void CheckKind(string path, Posix.FileStatus status, bool folder)
    {
        if (status.IsLink)
        {
            throw new WrongSettingException($"{setting}: '{path}' is a link, where a {(folder ? "folder" : "file")} is wanted; move what it leads to into its place.");
        }

        if (folder ? !status.IsFolder : !status.IsFile)
        {
            throw new WrongSettingException($"{setting}: '{path}' is no {(folder ? "folder" : "regular file")}; move it away.");
        }

        if (status.User != _user)
        {
            throw Foreign(path, status.User);
        }
    }

    private void CheckFolderInWay(string folder, string path)
    {
        var status = Posix.Status(folder) ?? throw new IOException($"'{folder}' is gone.");
        CheckOwnerInWay(folder, status);
        var writers = status.Permissions & (UnixFileMode.OtherWrite | (UserGroup.IsPrivate(status.Group) ? UnixFileMode.None : UnixFileMode.GroupWrite));
        if (writers != UnixFileMode.None && !status.IsSticky)
        {
            throw new WrongSettingException(
                $"{setting}: other accounts can write '{folder}', and so put a folder of theirs in the place of '{path}'; take that away with 'chmod go-w {folder}', or give another folder.");
        }
    }

    private void CheckOwnerInWay(string path, Posix.FileStatus status)
    {
        if (status.User != Root && status.User != _user)
        {
            throw Foreign(path, status.User);
        }
    }

    private WrongSettingException Foreign(string path, uint owner) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{setting}: '{path}' belongs to the user {owner}, and the console runs as the user {_user}; run it as the owner, give it to this user with chown, or give another folder."));

    // Reversed, as they are pushed.
    private static IEnumerable<string> Parts(string path) => path.Split('/', StringSplitOptions.RemoveEmptyEntries).Reverse();
}
