using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using TaskConsole.Agent.Execution;

namespace TaskConsole.Agent.Files;

/// <summary>
/// Deletes folders that a script has filled, perhaps one that still runs and means harm. Every step goes by the
/// descriptor of an open folder and follows no link, so that nothing outside is reached whatever names are swapped
/// meanwhile. A folder that is not empty is first moved up beside the one that is deleted: no depth is too deep, and
/// what is mounted inside, which cannot be moved, is left alone.
/// </summary>
/// <param name="parent">The folder that everything to be deleted lies in. Nobody but this user may write to it.</param>
internal sealed unsafe class TreeRemover(string parent)
{
    private const string LeavingPrefix = "leaving-";

    // Names that a process makes meanwhile must not keep a pass going for ever.
    private const int MostPasses = 8;
    // Of one deletion: what is left is tried again later.
    private const int MostEntries = 5_000_000;
    private const uint OwnerOnly = 0b111_000_000;
    private static long _given;
    private readonly Queue<byte[]> _pending = new();
    private int _entries;

    /// <summary>Whether this is the name of a folder whose deletion was begun.</summary>
    public static bool IsLeaving(string name) => name.StartsWith(LeavingPrefix, StringComparison.Ordinal);

    /// <summary>Deletes a folder or file as far as it can be; what stays is at a name for which <see cref="IsLeaving"/> holds.</summary>
    /// <returns>Whether all of it is gone.</returns>
    public bool Remove(string name, CancellationToken cancellationToken)
    {
        _entries = 0;
        using var folder = TryOpen(parent);
        return folder is null || (Leave(folder, name) && Empty(folder, cancellationToken));
    }

    /// <summary>Deletes what was left over from deletions before.</summary>
    /// <returns>Whether all of it is gone.</returns>
    public bool RemoveLeaving(CancellationToken cancellationToken)
    {
        _entries = 0;
        using var folder = TryOpen(parent);
        if (folder is null)
            return true;
        foreach (var name in Directory.EnumerateFileSystemEntries(parent, LeavingPrefix + "*"))
            _pending.Enqueue(Encode(Path.GetFileName(name)));
        return Empty(folder, cancellationToken);
    }

    // At once under another name: no part of it is ever found for the whole.
    private bool Leave(SafeFileHandle folder, string name)
    {
        var fresh = FreshName();
        fixed (byte* from = Encode(name), to = fresh)
        {
            if (Libc.RenameAt(Number(folder), from, Number(folder), to) != 0)
                return Marshal.GetLastPInvokeError() == Libc.ErrnoNotFound;
        }

        _pending.Enqueue(fresh);
        return true;
    }

    private bool Empty(SafeFileHandle folder, CancellationToken cancellationToken)
    {
        var gone = true;
        while (_pending.TryDequeue(out var name))
        {
            fixed (byte* pointer = name)
                gone &= !cancellationToken.IsCancellationRequested && RemoveOne(folder, pointer, cancellationToken);
        }

        return gone;
    }

    // A name in the parent: a file, a link, or a folder whose folders are moved up to be removed in their turn.
    private bool RemoveOne(SafeFileHandle folder, byte* name, CancellationToken cancellationToken)
    {
        if (Libc.UnlinkAt(Number(folder), name, 0) == 0)
            return true;
        if (Marshal.GetLastPInvokeError() == Libc.ErrnoNotFound)
            return true;
        using (var inside = OpenInside(Number(folder), name))
        {
            if (inside is not null)
                Clear(folder, inside, cancellationToken);
        }

        return Libc.UnlinkAt(Number(folder), name, Libc.RemoveDirectory) == 0 || Marshal.GetLastPInvokeError() == Libc.ErrnoNotFound;
    }

    private void Clear(SafeFileHandle folder, SafeFileHandle inside, CancellationToken cancellationToken)
    {
        using var entries = new FolderEntries(Number(inside));
        for (var pass = 0; pass < MostPasses; pass++)
        {
            // A folder that changes while it is read may pass over names.
            var found = false;
            while (entries.MoveNext())
            {
                if (cancellationToken.IsCancellationRequested || _entries++ > MostEntries)
                    return;
                found |= RemoveEntry(folder, inside, entries);
            }

            if (!found)
                return;
            entries.Rewind();
        }
    }

    // Whether something was done to it.
    private bool RemoveEntry(SafeFileHandle folder, SafeFileHandle inside, FolderEntries entries)
    {
        if (!entries.MayBeFolder && Libc.UnlinkAt(Number(inside), entries.Name, 0) == 0)
            return true;
        if (Libc.UnlinkAt(Number(inside), entries.Name, Libc.RemoveDirectory) == 0)
            return true;
        if (Marshal.GetLastPInvokeError() == Libc.ErrnoNotDirectory)
            return Libc.UnlinkAt(Number(inside), entries.Name, 0) == 0;
        if (Libc.EffectiveUserId() != 0)
            OpenInside(Number(inside), entries.Name)?.Dispose();
        var fresh = FreshName();
        fixed (byte* to = fresh)
        {
            if (Libc.RenameAt(Number(inside), entries.Name, Number(folder), to) != 0)
                return false;
        }

        _pending.Enqueue(fresh);
        return true;
    }

    // Whoever is not root may have to give itself the permissions that the script took away, on the very folder that is open.
    private static SafeFileHandle? OpenInside(int folder, byte* name)
    {
        var found = Libc.OpenAt(folder, name, Libc.PathOnly | Libc.NoFollow | Libc.Directory | Libc.CloseOnExec, 0);
        if (found < 0)
            return null;
        using var place = new SafeFileHandle(found, ownsHandle: true);
        var way = $"/proc/self/fd/{found.ToString(CultureInfo.InvariantCulture)}";
        if (Libc.EffectiveUserId() != 0)
            _ = Libc.ChangeMode(way, OwnerOnly);
        var opened = Libc.Open(way, Libc.ReadOnly | Libc.Directory | Libc.CloseOnExec, 0);
        return opened < 0 ? null : new SafeFileHandle(opened, ownsHandle: true);
    }

    private static SafeFileHandle? TryOpen(string path)
    {
        var opened = Libc.Open(path, Libc.ReadOnly | Libc.Directory | Libc.NoFollow | Libc.CloseOnExec, 0);
        return opened < 0 ? null : new SafeFileHandle(opened, ownsHandle: true);
    }

    private static byte[] FreshName() =>
        Encode(string.Create(CultureInfo.InvariantCulture, $"{LeavingPrefix}{Environment.ProcessId}-{Environment.TickCount64}-{Interlocked.Increment(ref _given)}"));

    private static byte[] Encode(string name) => Encoding.UTF8.GetBytes(name + '\0');

    private static int Number(SafeFileHandle folder) => (int)folder.DangerousGetHandle();
}
