using System.Runtime.CompilerServices;
using Microsoft.Win32.SafeHandles;
using TaskConsole.Agent.Execution;

namespace TaskConsole.Agent.Files;

/// <summary>What the kernel says of a file or folder, of a link itself and not of what it points to.</summary>
/// <param name="Mode">Type and permissions, as in inode(7).</param>
/// <param name="OwnerId">Uid of the owner.</param>
/// <param name="GroupId">Gid of the group.</param>
/// <param name="DiskBytes">Bytes that it takes on disk: of a sparse file only what was written.</param>
internal readonly record struct FileStatus(uint Mode, uint OwnerId, uint GroupId, long DiskBytes)
{
    private const uint TypeMask = 0xf000;
    private const uint FolderType = 0x4000;
    private const uint LinkType = 0xa000;
    private const uint FileType = 0x8000;
    private const uint PermissionMask = 0xfff;

    public bool IsFolder => (Mode & TypeMask) == FolderType;

    /// <summary>Whether it is a regular file.</summary>
    public bool IsFile => (Mode & TypeMask) == FileType;

    public bool IsLink => (Mode & TypeMask) == LinkType;

    /// <summary>The twelve lowest bits of <see cref="Mode"/>.</summary>
    public uint Permissions => Mode & PermissionMask;

    /// <summary>Of what is open; null when the kernel does not say.</summary>
    public static unsafe FileStatus? Of(SafeFileHandle file)
    {
        byte nothing = 0;
        return Read((int)file.DangerousGetHandle(), &nothing, Libc.EmptyPath);
    }

    /// <summary>Of a name in an open folder; null when there is none.</summary>
    /// <param name="folder">Descriptor of the folder.</param>
    /// <param name="name">Ends with a zero.</param>
    public static unsafe FileStatus? Of(int folder, byte* name) => Read(folder, name, Libc.NoFollowStatus);

    // struct statx: the same on every processor.
    private static unsafe FileStatus? Read(int folder, byte* name, int flags)
    {
        const int statusBytes = 256, owner = 20, group = 24, mode = 28, blocks = 48, blockBytes = 512;
        var status = stackalloc byte[statusBytes];
        if (Libc.Status(folder, name, flags, Libc.BasicStatus, status) != 0)
            return null;
        var taken = (long)Math.Min(Unsafe.ReadUnaligned<ulong>(status + blocks), long.MaxValue / blockBytes) * blockBytes;
        return new FileStatus(
            Unsafe.ReadUnaligned<ushort>(status + mode),
            Unsafe.ReadUnaligned<uint>(status + owner),
            Unsafe.ReadUnaligned<uint>(status + group),
            taken);
    }
}
