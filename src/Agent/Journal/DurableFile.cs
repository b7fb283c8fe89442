using Google.Protobuf;
using Microsoft.Win32.SafeHandles;
using TaskConsole.Agent.Execution;
using TaskConsole.Agent.Files;

namespace TaskConsole.Agent.Journal;

/// <summary>
/// Files that hold one record each, sealed, and are old or new after any crash. A record is written beside its
/// place, synced, and renamed to it. The bytes beside can be reserved before, and are then written over:
/// that needs no room on a full disk. No link is followed to a file.
/// </summary>
internal static class DurableFile
{
    private const uint Private = 0b110_000_000;
    private const string BesideSuffix = ".new";
    private const int MostReadBytes = 16 << 20;

    /// <summary>Returns when the record would survive a loss of power.</summary>
    /// <exception cref="IOException">The disk is full, read-only or broken; what stood there before still stands.</exception>
    public static void Write(string path, IMessage record) => Write(path, RecordSeal.Put(record.ToByteArray()), durable: true);

    /// <summary>As <see cref="Write(string, IMessage)"/>, for bytes that are no record.</summary>
    public static void Write(string path, byte[] bytes) => Write(path, bytes, durable: true);

    /// <summary>For hints: not synced, so that after a loss of power it may be old, empty or gone.</summary>
    public static void WriteHint(string path, IMessage record) => Write(path, RecordSeal.Put(record.ToByteArray()), durable: false);

    /// <summary>Null when there is none, or when what is there is not what was written.</summary>
    /// <exception cref="IOException">It cannot be read now.</exception>
    public static T? Read<T>(string path, MessageParser<T> parser)
        where T : class, IMessage<T>
    {
        if (ReadBytes(path) is not { } bytes || !RecordSeal.TryBreak(bytes, out var message))
            return null;
        try
        {
            return parser.ParseFrom(message);
        }
        catch (InvalidProtocolBufferException)
        {
            return null;
        }
    }

    /// <summary>All of a small file; null when there is none.</summary>
    /// <exception cref="IOException">It cannot be read now, is a link, or is no small file.</exception>
    public static byte[]? ReadBytes(string path)
    {
        using var file = TryOpen(path, Libc.ReadOnly | Libc.NonBlocking);
        if (file is null)
            return null;
        if (FileStatus.Of(file) is not { IsFile: true })
            throw new IOException($"{path}: it is no regular file");
        var length = RandomAccess.GetLength(file);
        if (length > MostReadBytes)
            throw new IOException($"{path}: it has {length} bytes, more than any file of the agent");
        var bytes = new byte[length];
        var read = Descriptors.ReadFull(file, bytes);
        return read == length ? bytes : bytes[..read];
    }

    /// <summary>As <see cref="Read"/>, for the start of the agent, that no single file may stop: null too when it cannot be read.</summary>
    public static T? ReadIfPossible<T>(string path, MessageParser<T> parser)
        where T : class, IMessage<T>
    {
        try
        {
            return Read(path, parser);
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>Takes so much room for the next record that is written to this path.</summary>
    /// <exception cref="IOException">The disk is full, read-only or broken.</exception>
    public static void Reserve(string path, int bytes)
    {
        using var file = OpenBeside(path + BesideSuffix);
        // Not zeros: file systems that compress would keep no room for them.
        Descriptors.WriteAll(file, Libc.GetRandom(bytes));
    }

    /// <summary>Lets a path have the room that was reserved for another one.</summary>
    /// <exception cref="IOException">It could not be moved.</exception>
    public static void MoveReserve(string from, string to)
    {
        if (Libc.Rename(from + BesideSuffix, to + BesideSuffix) != 0 && LastErrno != Libc.ErrnoNotFound)
            throw Libc.Failure(to);
    }

    /// <summary>Whether this is the room of a record that was never written to its end.</summary>
    public static bool IsBeside(string path) => path.EndsWith(BesideSuffix, StringComparison.Ordinal);

    /// <summary>Makes names that were added to or taken from the folder durable.</summary>
    public static void SyncFolder(string path)
    {
        using var folder = Descriptors.Open(path, Libc.ReadOnly | Libc.Directory);
        if (Libc.Fsync((int)folder.DangerousGetHandle()) != 0)
            throw Libc.Failure(path);
    }

    private static int LastErrno => System.Runtime.InteropServices.Marshal.GetLastPInvokeError();

    private static void Write(string path, byte[] bytes, bool durable)
    {
        var beside = path + BesideSuffix;
        using (var file = OpenBeside(beside))
        {
            Descriptors.WriteAll(file, bytes);
            if (Libc.Truncate((int)file.DangerousGetHandle(), bytes.Length) != 0 || (durable && Libc.Fsync((int)file.DangerousGetHandle()) != 0))
                throw Libc.Failure(beside);
        }

        if (Libc.Rename(beside, path) != 0)
            throw Libc.Failure(path);
        if (durable)
            SyncFolder(Path.GetDirectoryName(path)!);
    }

    // Opened without cutting it: the bytes that are there are written over.
    private static SafeFileHandle OpenBeside(string path) => Descriptors.Open(path, Libc.WriteOnly | Libc.Create | Libc.NoFollow, Private);

    private static SafeFileHandle? TryOpen(string path, int flags)
    {
        var opened = Libc.Open(path, flags | Libc.NoFollow | Libc.CloseOnExec, 0);
        if (opened >= 0)
            return new SafeFileHandle(opened, ownsHandle: true);
        return LastErrno is Libc.ErrnoNotFound or Libc.ErrnoNotDirectory ? null : throw Libc.Failure(path);
    }
}
