using System.Globalization;
using Microsoft.Win32.SafeHandles;
using TaskConsole.Agent.Execution;

namespace TaskConsole.Agent.Files;

/// <summary>A file or folder that others could have laid, or could change; the message is one sentence for people.</summary>
internal sealed class UnsafePlaceException(string message) : IOException(message);

/// <summary>
/// Makes sure that what decides belongs to this user alone. What is this user's own and too open is closed; what
/// belongs to another, or is a link, is refused.
/// </summary>
internal static class PrivatePlace
{
    /// <summary>A folder and the way to it.</summary>
    /// <param name="path">Absolute.</param>
    /// <param name="most">Permissions that it may have at most.</param>
    /// <exception cref="UnsafePlaceException">It belongs to another user, is a link, or somebody else could replace it.</exception>
    public static void CheckFolder(string path, uint most)
    {
        Check(path, most);
        WayToPlace.Check(path);
    }

    /// <summary>Everything in a folder, the folders in it too, but not the folder itself.</summary>
    /// <param name="path">Of a folder that is checked.</param>
    /// <param name="except">A name in it that is not looked at; null: none.</param>
    /// <exception cref="UnsafePlaceException">Something belongs to another user, or is a link.</exception>
    public static void CheckInside(string path, string? except)
    {
        const uint folder = 0b111_000_000, file = 0b110_000_000;
        foreach (var entry in Directory.EnumerateFileSystemEntries(path))
        {
            if (Path.GetFileName(entry) == except)
                continue;
            if (Check(entry, null) is { IsFolder: true })
            {
                Check(entry, folder);
                CheckInside(entry, null);
            }
            else
            {
                Check(entry, file);
            }
        }
    }

    private static FileStatus? Check(string path, uint? most)
    {
        using var place = Open(path);
        if (place is null || FileStatus.Of(place) is not { } status)
            return null;
        if (status.IsLink)
            throw new UnsafePlaceException($"'{path}' is a link; the agent's files must be files and folders of its own.");
        if (status.OwnerId != Libc.EffectiveUserId())
            throw new UnsafePlaceException($"'{path}' belongs to user {Text(status.OwnerId)}, the agent runs as user {Text(Libc.EffectiveUserId())}; give it to that user (chown), or choose another --data-dir.");
        if (most is { } allowed && (status.Permissions & ~allowed) != 0
            && Libc.ChangeMode($"/proc/self/fd/{place.DangerousGetHandle().ToString(CultureInfo.InvariantCulture)}", status.Permissions & allowed) != 0)
            throw Libc.Failure(path);
        return status;
    }

    private static SafeFileHandle? Open(string path)
    {
        var opened = Libc.Open(path, Libc.PathOnly | Libc.CloseOnExec | Libc.NoFollow, 0);
        return opened < 0 ? null : new SafeFileHandle(opened, ownsHandle: true);
    }

    private static string Text(uint number) => number.ToString(CultureInfo.InvariantCulture);
}
