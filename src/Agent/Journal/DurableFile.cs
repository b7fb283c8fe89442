using Google.Protobuf;
using TaskConsole.Agent.Execution;

namespace TaskConsole.Agent.Journal;

/// <summary>Files that hold one record each, and are old or new after any crash, never torn.</summary>
internal static class DurableFile
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Returns when the record would survive a loss of power.</summary>
    /// <exception cref="IOException">The disk is full, read-only or broken; what stood there before still stands.</exception>
    public static void Write(string path, IMessage record) => Write(path, record.ToByteArray(), durable: true);

    /// <summary>As <see cref="Write(string, IMessage)"/>, for bytes.</summary>
    public static void Write(string path, byte[] bytes) => Write(path, bytes, durable: true);

    /// <summary>For hints: whole, but perhaps the old one after a loss of power.</summary>
    public static void WriteHint(string path, IMessage record) => Write(path, record.ToByteArray(), durable: false);

    /// <summary>Null when there is none.</summary>
    public static T? Read<T>(string path, MessageParser<T> parser)
        where T : class, IMessage<T>
    {
        try
        {
            return parser.ParseFrom(File.ReadAllBytes(path));
        }
        catch (IOException failure) when (failure is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Makes names that were added to or taken from the folder durable.</summary>
    public static void SyncFolder(string path)
    {
        using var folder = Descriptors.Open(path, Libc.ReadOnly | Libc.Directory);
        if (Libc.Fsync((int)folder.DangerousGetHandle()) != 0)
            throw Libc.Failure(path);
    }

    private static void Write(string path, byte[] bytes, bool durable)
    {
        var beside = path + ".new";
        var options = new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            Share = FileShare.ReadWrite | FileShare.Delete,
            BufferSize = 0,
            UnixCreateMode = Private,
        };
        using (var file = new FileStream(beside, options))
        {
            file.Write(bytes);
            if (durable)
                file.Flush(flushToDisk: true);
        }

        File.Move(beside, path, overwrite: true);
        if (durable)
            SyncFolder(Path.GetDirectoryName(path)!);
    }
}
