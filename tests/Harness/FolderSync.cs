using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace TaskConsole.Harness;

/// <summary>Syncs a folder, for which .NET has no call.</summary>
public static partial class FolderSync
{
    private const int DirectoryOnly = 0x10000;

    public static SafeFileHandle Open(string path) => new(OpenPath(path, DirectoryOnly), ownsHandle: true);

    public static void Sync(SafeFileHandle folder) => _ = SyncDescriptor((int)folder.DangerousGetHandle());

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenPath(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync")]
    private static partial int SyncDescriptor(int descriptor);
}
