using System.Globalization;
using System.Text;
using TaskConsole.Agent.Execution;

namespace TaskConsole.Agent.Files;

/// <summary>
/// Makes sure that nobody else can replace a place by what lies above it: each folder on the way, also that which a link
/// leads through, must belong to root or this user, and be writable for nobody else unless it is sticky.
/// </summary>
internal static class WayToPlace
{
    private const uint WritableByGroup = 0b000_010_000;
    private const uint WritableByAll = 0b000_000_010;
    private const uint Sticky = 0b001_000_000_000;

    // As the kernel's own limit.
    private const int MostLinks = 40;

    /// <param name="path">Absolute, of a file or folder that is no link.</param>
    /// <exception cref="UnsafePlaceException">Somebody else could replace it.</exception>
    public static void Check(string path)
    {
        var left = new Stack<string>(PartsFromLast(path));
        var folder = "/";
        var links = 0;
        if (StatusOf(folder) is { } root)
            CheckFolder(folder, root);
        while (left.TryPop(out var name))
        {
            if (name is "." or "..")
            {
                folder = name == "." ? folder : Path.GetDirectoryName(folder) ?? folder;
                continue;
            }

            var next = Path.Combine(folder, name);
            // What cannot be looked at cannot be used either; whoever opens it says so.
            if (StatusOf(next) is not { } status)
                return;
            if (!status.IsLink)
            {
                if (left.Count > 0)
                    CheckFolder(next, status);
                folder = next;
                continue;
            }

            CheckOwner("link", next, status);
            if (++links > MostLinks)
                throw new UnsafePlaceException($"more than {MostLinks.ToString(CultureInfo.InvariantCulture)} links lead to '{path}'; choose another place.");
            var target = new FileInfo(next).LinkTarget ?? throw new UnsafePlaceException($"the link '{next}' above it was changed meanwhile.");
            if (target.StartsWith('/'))
                folder = "/";
            foreach (var part in PartsFromLast(target))
                left.Push(part);
        }
    }

    private static void CheckFolder(string path, FileStatus status)
    {
        CheckOwner("folder", path, status);
        if ((status.Permissions & Sticky) != 0)
            return;
        if ((status.Permissions & WritableByAll) != 0)
            throw new UnsafePlaceException($"everybody may write to the folder '{path}' above it, and so could replace it; take that away (chmod o-w '{path}'), or choose another place.");
        if ((status.Permissions & WritableByGroup) != 0 && !UserGroup.IsPrivate(status.GroupId))
            throw new UnsafePlaceException($"group {Text(status.GroupId)} may write to the folder '{path}' above it, and so could replace it; take that away (chmod g-w '{path}'), or choose another place.");
    }

    private static void CheckOwner(string kind, string path, FileStatus status)
    {
        if (status.OwnerId != 0 && status.OwnerId != Libc.EffectiveUserId())
            throw new UnsafePlaceException($"the {kind} '{path}' above it belongs to user {Text(status.OwnerId)}, who could replace it; choose another place.");
    }

    private static unsafe FileStatus? StatusOf(string path)
    {
        fixed (byte* name = Encoding.UTF8.GetBytes(path + '\0'))
            return FileStatus.Of(Libc.CurrentDirectoryDescriptor, name);
    }

    // Reversed, as they are pushed.
    private static IEnumerable<string> PartsFromLast(string path) => path.Split('/', StringSplitOptions.RemoveEmptyEntries).Reverse();

    private static string Text(uint number) => number.ToString(CultureInfo.InvariantCulture);
}
