using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace TaskConsole.Console.Settings;

/// <summary>System calls of Linux that .NET has no method for.</summary>
internal static partial class Posix
{
    private const int CurrentFolder = -100;
    private const int EmptyPath = 0x1000;
    private const int NotThroughLinks = 0x100;
    private const uint BasicStatus = 0x7FF;
    private const int StatusBytes = 256;
    private const int ErrorNoEntry = 2;
    private const int ErrorNotDirectory = 20;
    private const int CloseOnExec = 0x80000;
    private const int NonBlocking = 0x800;

    // Most kinds of processor share one number; ARM has another.
    private static int NoFollow => RuntimeInformation.ProcessArchitecture is Architecture.Arm or Architecture.Arm64 ? 0x8000 : 0x20000;

    /// <summary>The account this process acts as.</summary>
    [LibraryImport("libc", EntryPoint = "geteuid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial uint EffectiveUser();

    /// <summary>Sets which permissions new files of this process do not get; returns the former ones.</summary>
    [LibraryImport("libc", EntryPoint = "umask")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial uint SetUmask(uint mask);

    /// <summary>What stands at a path, links not followed; null when there is nothing.</summary>
    /// <exception cref="IOException">It cannot be looked at.</exception>
    public static FileStatus? Status(string path)
    {
        var buffer = new byte[StatusBytes];
        if (Statx(CurrentFolder, path, NotThroughLinks, BasicStatus, buffer) == 0)
        {
            return FileStatus.Read(buffer);
        }

        return Marshal.GetLastPInvokeError() is ErrorNoEntry or ErrorNotDirectory ? null : throw Failure(path);
    }

    /// <summary>What a descriptor leads to.</summary>
    /// <exception cref="IOException">It cannot be looked at.</exception>
    public static FileStatus Status(SafeFileHandle file, string path)
    {
        var buffer = new byte[StatusBytes];
        return Statx((int)file.DangerousGetHandle(), "", EmptyPath, BasicStatus, buffer) == 0 ? FileStatus.Read(buffer) : throw Failure(path);
    }

    /// <summary>Opens a file or folder for reading its status and changing its mode; a link fails.</summary>
    /// <exception cref="IOException">It cannot be opened.</exception>
    public static SafeFileHandle Open(string path)
    {
        // Not blocking: somebody may have put a pipe there.
        var descriptor = Open(path, NoFollow | CloseOnExec | NonBlocking);
        return descriptor >= 0 ? new SafeFileHandle(descriptor, ownsHandle: true) : throw Failure(path);
    }

    private static IOException Failure(string path) => new($"'{path}': {Marshal.GetLastPInvokeErrorMessage()}");

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Statx(int folder, string path, int flags, uint mask, [Out] byte[] status);

    /// <summary>Owner, group, and kind with permissions (<c>st_mode</c>) of a file.</summary>
    [StructLayout(LayoutKind.Auto)]
    internal readonly record struct FileStatus(uint User, uint Group, ushort Mode)
    {
        private const ushort Kind = 0xF000;
        private const ushort StickyBit = 0x200;

        /// <summary>Whether it is a symbolic link.</summary>
        public bool IsLink => (Mode & Kind) == 0xA000;

        /// <summary>Whether it is a folder.</summary>
        public bool IsFolder => (Mode & Kind) == 0x4000;

        /// <summary>Whether it is a regular file.</summary>
        public bool IsFile => (Mode & Kind) == 0x8000;

        /// <summary>Whether names in this folder can be taken away by their owners alone, as in /tmp.</summary>
        public bool IsSticky => (Mode & StickyBit) != 0;

        /// <summary>The permissions alone.</summary>
        public UnixFileMode Permissions => (UnixFileMode)(Mode & 0xFFF);

        // The layout of struct statx is the same on every processor.
        internal static FileStatus Read(byte[] status) => new(
            BinaryPrimitives.ReadUInt32LittleEndian(status.AsSpan(20)),
            BinaryPrimitives.ReadUInt32LittleEndian(status.AsSpan(24)),
            BinaryPrimitives.ReadUInt16LittleEndian(status.AsSpan(28)));
    }
}
