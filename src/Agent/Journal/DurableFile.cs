using System.Security.Cryptography;
using Google.Protobuf;
using TaskConsole.Agent.Execution;

namespace TaskConsole.Agent.Journal;

/// <summary>
/// Files that hold one record each, sealed, and are old or new after any crash. A record is written beside its
/// place, synced, and renamed to it. The bytes beside can be reserved before, and are then written over:
/// that needs no room on a full disk.
/// </summary>
internal static class DurableFile
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const string BesideSuffix = ".new";

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
        try
        {
            return RecordSeal.TryBreak(File.ReadAllBytes(path), out var message) ? parser.ParseFrom(message) : null;
        }
        catch (Exception failure) when (failure is FileNotFoundException or DirectoryNotFoundException or InvalidProtocolBufferException)
        {
            return null;
        }
    }

    /// <summary>As <see cref="Read"/>, for the start of the agent, that no single file may stop: null too when it cannot be read.</summary>
    public static T? ReadIfPossible<T>(string path, MessageParser<T> parser)
        where T : class, IMessage<T>
    {
        try
        {
            return Read(path, parser);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Takes so much room for the next record that is written to this path.</summary>
    /// <exception cref="IOException">The disk is full, read-only or broken.</exception>
    public static void Reserve(string path, int bytes) => Guarded(() =>
    {
        using var file = new FileStream(path + BesideSuffix, Options);
        // Not zeros: file systems that compress would keep no room for them.
        file.Write(RandomNumberGenerator.GetBytes(bytes));
    });

    /// <summary>Lets a path have the room that was reserved for another one.</summary>
    /// <exception cref="IOException">It could not be moved.</exception>
    public static void MoveReserve(string from, string to)
    {
        if (File.Exists(from + BesideSuffix))
            Guarded(() => File.Move(from + BesideSuffix, to + BesideSuffix, overwrite: true));
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

    // Opened without cutting it: the bytes that are there are written over.
    private static FileStreamOptions Options => new()
    {
        Mode = FileMode.OpenOrCreate,
        Access = FileAccess.Write,
        Share = FileShare.ReadWrite | FileShare.Delete,
        BufferSize = 0,
        UnixCreateMode = Private,
    };

    private static void Write(string path, byte[] bytes, bool durable) => Guarded(() =>
    {
        var beside = path + BesideSuffix;
        using (var file = new FileStream(beside, Options))
        {
            file.Write(bytes);
            file.SetLength(bytes.Length);
            if (durable)
                file.Flush(flushToDisk: true);
        }

        File.Move(beside, path, overwrite: true);
        if (durable)
            SyncFolder(Path.GetDirectoryName(path)!);
    });

    // Whoever writes has one kind of failure to expect.
    private static void Guarded(Action action)
    {
        try
        {
            action();
        }
        catch (UnauthorizedAccessException failure)
        {
            throw new IOException(failure.Message, failure);
        }
    }
}
