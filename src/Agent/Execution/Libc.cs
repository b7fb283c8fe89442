using System.Runtime.InteropServices;

namespace TaskConsole.Agent.Execution;

/// <summary>
/// The system calls that .NET has no door to. Names and meaning as in section 2 and 3 of the manual;
/// -1 is an error and its errno is in <see cref="Marshal.GetLastPInvokeError"/>, except where said.
/// </summary>
internal static unsafe partial class Libc
{
    public const int ReadOnly = 0;
    public const int WriteOnly = 1;
    public const int ReadWrite = 2;
    public const int Create = 0x40;
    public const int Exclusive = 0x80;
    public const int NonBlocking = 0x800;
    public const int CloseOnExec = 0x80000;
    public const int PathOnly = 0x200000;

    // The two whose numbers differ between x86 and Arm.
    public static readonly int Directory = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 0x4000 : 0x10000;
    public static readonly int NoFollow = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 0x8000 : 0x20000;

    public const int LockExclusive = 2;
    public const int LockNoWait = 4;

    public const int DuplicateCloseOnExec = 1030;
    public const int SetDescriptorFlags = 2;
    public const int SetStatusFlags = 4;

    public const short PollIn = 1;
    public const short PollHangUp = 0x10;
    public const short PollError = 8;

    public const int SetChildSubreaper = 36;
    public const int SetMask = 2;
    public const int ChildSignal = 17;

    public const int UnixFamily = 1;
    public const int StreamSocket = 1;
    public const int DoNotWait = 0x40;
    public const int NoSignal = 0x4000;

    public const int RemoveDirectory = 0x200;
    public const int NoFollowStatus = 0x100;
    public const int EmptyPath = 0x1000;
    public const uint BasicStatus = 0x7ff;

    public const int NoHang = 1;

    public const int CurrentDirectoryDescriptor = -100;
    public const int EffectiveAccess = 0x200;
    public const int CanRead = 4;

    public const int ErrnoNotPermitted = 1;
    public const int ErrnoNotFound = 2;
    public const int ErrnoNoProcess = 3;
    public const int ErrnoInterrupted = 4;
    public const int ErrnoBadDescriptor = 9;
    public const int ErrnoNoChild = 10;
    public const int ErrnoAgain = 11;
    public const int ErrnoAccess = 13;
    public const int ErrnoExists = 17;
    public const int ErrnoNotDirectory = 20;
    public const int ErrnoRange = 34;
    public const int ErrnoNoCall = 38;

    public const uint CloseRangeOnExec = 4;
    public const int DoNotNeed = 4;
    // The same on every processor, as all that Linux has added since 2019.
    private const nint SendSignalByDescriptor = 424;
    private const nint OpenProcess = 434;
    private const nint CloseDescriptors = 436;

    [StructLayout(LayoutKind.Sequential)]
    public struct PollDescriptor
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct PasswordEntry
    {
        public byte* Name;
        public byte* Password;
        public uint Uid;
        public uint Gid;
        public byte* Gecos;
        public byte* HomeDirectory;
        public byte* Shell;
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Open(string path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "openat", SetLastError = true)]
    public static partial int OpenAt(int directory, byte* name, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "unlinkat", SetLastError = true)]
    public static partial int UnlinkAt(int directory, byte* name, int flags);

    [LibraryImport("libc", EntryPoint = "renameat", SetLastError = true)]
    public static partial int RenameAt(int fromDirectory, byte* from, int toDirectory, byte* to);

    [LibraryImport("libc", EntryPoint = "rename", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Rename(string from, string to);

    [LibraryImport("libc", EntryPoint = "madvise", SetLastError = true)]
    public static partial int AdviseMemory(nint first, nuint length, int advice);

    [LibraryImport("libc", EntryPoint = "unlink", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Unlink(string path);

    [LibraryImport("libc", EntryPoint = "rmdir", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int RemoveEmptyDirectory(string path);

    [LibraryImport("libc", EntryPoint = "mkdir", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int MakeDirectory(string path, uint mode);

    [LibraryImport("libc", EntryPoint = "getdents64", SetLastError = true)]
    public static partial nint ReadDirectory(int directory, byte* buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "lseek", SetLastError = true)]
    public static partial long Seek(int descriptor, long offset, int whence);

    [LibraryImport("libc", EntryPoint = "ftruncate", SetLastError = true)]
    public static partial int Truncate(int descriptor, long length);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true)]
    public static partial int Status(int directory, byte* name, int flags, uint mask, byte* status);

    [LibraryImport("libc", EntryPoint = "fchmod", SetLastError = true)]
    public static partial int ChangeMode(int descriptor, uint mode);

    [LibraryImport("libc", EntryPoint = "chmod", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int ChangeMode(string path, uint mode);

    [LibraryImport("libc", EntryPoint = "fchown", SetLastError = true)]
    public static partial int ChangeOwner(int descriptor, uint user, uint group);

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    public static partial int Socket(int family, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "socketpair", SetLastError = true)]
    public static partial int SocketPair(int family, int type, int protocol, int* descriptors);

    [LibraryImport("libc", EntryPoint = "bind", SetLastError = true)]
    public static partial int Bind(int socket, byte* address, uint length);

    [LibraryImport("libc", EntryPoint = "listen", SetLastError = true)]
    public static partial int Listen(int socket, int backlog);

    [LibraryImport("libc", EntryPoint = "accept4", SetLastError = true)]
    public static partial int Accept(int socket, byte* address, uint* length, int flags);

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    public static partial nint Send(int socket, byte* bytes, nuint count, int flags);

    [LibraryImport("libc", EntryPoint = "signalfd", SetLastError = true)]
    public static partial int SignalDescriptor(int descriptor, byte* mask, int flags);

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    public static partial int EventDescriptor(uint initial, int flags);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint SystemCall(nint number, nint first, nint second, nint third, nint fourth);

    /// <summary>A descriptor of a process, which never comes to mean another one.</summary>
    public static int OpenProcessDescriptor(int pid) => (int)SystemCall(OpenProcess, pid, 0, 0, 0);

    public static int CloseRange(uint first, uint last, uint flags) => (int)SystemCall(CloseDescriptors, (nint)first, (nint)last, (nint)flags, 0);

    public static int SendSignal(int processDescriptor, int signal) => (int)SystemCall(SendSignalByDescriptor, processDescriptor, signal, 0, 0);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    public static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    public static partial nint Read(int descriptor, byte* buffer, nint count);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(int descriptor, byte* buffer, nint count);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    public static partial int Flock(int descriptor, int operation);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    public static partial int Fsync(int descriptor);

    [LibraryImport("libc", EntryPoint = "pipe2", SetLastError = true)]
    public static partial int Pipe(int* descriptors, int flags);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    public static partial int Fcntl(int descriptor, int command, int argument);

    [LibraryImport("libc", EntryPoint = "dup2", SetLastError = true)]
    public static partial int Duplicate(int descriptor, int target);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    public static partial int Poll(PollDescriptor* descriptors, nuint count, int timeoutMilliseconds);

    [LibraryImport("libc", EntryPoint = "waitpid", SetLastError = true)]
    public static partial int WaitPid(int pid, int* status, int options);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    public static partial int Kill(int pid, int signal);

    [LibraryImport("libc", EntryPoint = "setsid", SetLastError = true)]
    public static partial int SetSession();

    [LibraryImport("libc", EntryPoint = "prctl", SetLastError = true)]
    public static partial int ProcessControl(int option, nuint second, nuint third, nuint fourth, nuint fifth);

    [LibraryImport("libc", EntryPoint = "umask")]
    public static partial uint SetFileMask(uint mask);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    public static partial uint EffectiveUserId();

    [LibraryImport("libc", EntryPoint = "initgroups", SetLastError = true)]
    public static partial int InitializeGroups(byte* user, uint group);

    [LibraryImport("libc", EntryPoint = "setgid", SetLastError = true)]
    public static partial int SetGroup(uint group);

    [LibraryImport("libc", EntryPoint = "setuid", SetLastError = true)]
    public static partial int SetUser(uint user);

    [LibraryImport("libc", EntryPoint = "chdir", SetLastError = true)]
    public static partial int ChangeDirectory(byte* path);

    [LibraryImport("libc", EntryPoint = "faccessat", SetLastError = true)]
    public static partial int Access(int directory, byte* path, int mode, int flags);

    [LibraryImport("libc", EntryPoint = "execve", SetLastError = true)]
    public static partial int Execute(byte* path, byte** arguments, byte** environment);

    [LibraryImport("libc", EntryPoint = "sigaction", SetLastError = true)]
    public static partial int SignalAction(int signal, void* action, void* old);

    [LibraryImport("libc", EntryPoint = "pthread_sigmask")]
    public static partial int SignalMask(int how, void* set, void* old);

    /// <summary>Returns errno itself; 0 with an empty result means that there is no such user.</summary>
    [LibraryImport("libc", EntryPoint = "getpwnam_r", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int UserByName(string name, PasswordEntry* entry, byte* buffer, nuint length, PasswordEntry** result);

    /// <summary>Returns errno itself; 0 with an empty result means that there is no such user.</summary>
    [LibraryImport("libc", EntryPoint = "getpwuid_r")]
    public static partial int UserById(uint uid, PasswordEntry* entry, byte* buffer, nuint length, PasswordEntry** result);

    /// <summary>Returns errno itself.</summary>
    [LibraryImport("libc", EntryPoint = "posix_spawn", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Spawn(int* pid, string path, void* actions, void* attributes, byte** arguments, byte** environment);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_init")]
    public static partial int FileActionsInitialize(void* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_adddup2")]
    public static partial int FileActionsDuplicate(void* actions, int descriptor, int target);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_destroy")]
    public static partial int FileActionsDestroy(void* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_init")]
    public static partial int AttributesInitialize(void* attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setflags")]
    public static partial int AttributesSetFlags(void* attributes, short flags);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigmask")]
    public static partial int AttributesSetMask(void* attributes, void* set);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigdefault")]
    public static partial int AttributesSetDefaults(void* attributes, void* set);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_destroy")]
    public static partial int AttributesDestroy(void* attributes);

    /// <summary>
    /// Random bytes of the kernel. Not by <see cref="System.Security.Cryptography.RandomNumberGenerator"/>, which loads a whole library
    /// of cryptography: a quarter of what a supervisor cost.
    /// </summary>
    public static byte[] GetRandom(int count)
    {
        var bytes = GC.AllocateUninitializedArray<byte>(count);
        fixed (byte* start = bytes)
        {
            for (nint filled = 0, got; filled < count; filled += Math.Max(got, 0))
            {
                got = GetRandom(start + filled, (nuint)(count - filled), 0);
                if (got < 0 && Marshal.GetLastPInvokeError() != ErrnoInterrupted)
                    throw Failure("getrandom");
            }
        }

        return bytes;
    }

    [LibraryImport("libc", EntryPoint = "getrandom", SetLastError = true)]
    private static partial nint GetRandom(byte* buffer, nuint count, uint flags);

    /// <summary>The last errno as an exception whose message names what was tried.</summary>
    public static IOException Failure(string what) => new SystemCallException(what, Marshal.GetLastPInvokeError());

    /// <summary>What errno says, for people.</summary>
    public static string Describe(int errno) => Marshal.GetPInvokeErrorMessage(errno);
}
