using Microsoft.Win32.SafeHandles;

namespace TaskConsole.Agent.Spool;

/// <summary>Reads frames of a file that may still grow, also after it was deleted.</summary>
internal sealed class FrameFileReader : IDisposable
{
    private readonly SafeFileHandle _file;
    private long _position;

    private FrameFileReader(SafeFileHandle file) => _file = file;

    /// <summary>Null when there is no such file (any more).</summary>
    public static FrameFileReader? TryOpen(string path)
    {
        try
        {
            return new FrameFileReader(File.OpenHandle(path, share: FileShare.ReadWrite | FileShare.Delete));
        }
        catch (Exception failure) when (failure is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>The frame at the position, or false when it is not complete (yet).</summary>
    public bool TryPeek(out SpoolFrame frame)
    {
        frame = default;
        Span<byte> header = stackalloc byte[SpoolFrame.HeaderBytes];
        if (RandomAccess.Read(_file, header, _position) < header.Length)
            return false;
        frame = SpoolFrame.ReadFrom(header);
        return frame.Length is > 0 and <= SpoolFrame.MaximumLength
            && _position + SpoolFrame.HeaderBytes + frame.Length <= RandomAccess.GetLength(_file);
    }

    /// <summary>Goes past the frame that <see cref="TryPeek"/> found.</summary>
    public void Skip(SpoolFrame frame) => _position += SpoolFrame.HeaderBytes + frame.Length;

    /// <summary>Bytes of the frame that <see cref="TryPeek"/> found, from this one on.</summary>
    public void Read(int from, Span<byte> buffer)
    {
        var read = 0;
        while (read < buffer.Length)
        {
            var count = RandomAccess.Read(_file, buffer[read..], _position + SpoolFrame.HeaderBytes + from + read);
            if (count == 0)
                throw new EndOfStreamException("A spool file was cut while it was read.");
            read += count;
        }
    }

    public void Dispose() => _file.Dispose();
}
