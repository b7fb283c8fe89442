using Microsoft.Win32.SafeHandles;
using TaskConsole.Agent.Execution;

namespace TaskConsole.Agent.Files;

/// <summary>What a folder takes on disk: an estimate, since the folder may change, be deeper than <see cref="MostDepth"/>, or hide from this user.</summary>
internal static unsafe class TreeSize
{
    private const int MostDepth = 64;
    private const int MostEntries = 200_000;

    /// <summary>Bytes on disk of what can be seen; never fails, and ends after at most 200,000 names.</summary>
    public static long Estimate(string path)
    {
        var opened = Libc.Open(path, Libc.ReadOnly | Libc.Directory | Libc.NoFollow | Libc.CloseOnExec, 0);
        if (opened < 0)
            return 0;
        using var folder = new SafeFileHandle(opened, ownsHandle: true);
        var left = MostEntries;
        return Add(opened, 0, ref left);
    }

    private static long Add(int folder, int depth, ref int left)
    {
        long bytes = 0;
        using var entries = new FolderEntries(folder);
        while (left > 0 && entries.MoveNext())
        {
            left--;
            if (FileStatus.Of(folder, entries.Name) is not { } status)
                continue;
            bytes = Sum(bytes, status.DiskBytes);
            if (!status.IsFolder || depth == MostDepth)
                continue;
            var opened = Libc.OpenAt(folder, entries.Name, Libc.ReadOnly | Libc.Directory | Libc.NoFollow | Libc.CloseOnExec, 0);
            if (opened < 0)
                continue;
            using var inside = new SafeFileHandle(opened, ownsHandle: true);
            bytes = Sum(bytes, Add(opened, depth + 1, ref left));
        }

        return bytes;
    }

    private static long Sum(long left, long right) => left > long.MaxValue - right ? long.MaxValue : left + right;
}
