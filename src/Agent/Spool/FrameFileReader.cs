using Microsoft.Win32.SafeHandles;

namespace TaskConsole.Agent.Spool;

/// <summary>
/// Reads frames of a file that may still grow, also after it was deleted. Ends at the first frame that is not
/// what was written, or cannot be read: what is behind it is not there.
/// </summary>
internal sealed class FrameFileReader : IDisposable
{
    private readonly SafeFileHandle _file;
    private long _position;
    private SpoolFrame _frame;
    private byte[]? _bytes;

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

    /// <summary>The frame at the position, or false when it is not complete (yet), or damaged.</summary>
    public bool TryPeek(out SpoolFrame frame)
    {
        frame = _frame;
        if (_bytes is not null)
            return true;
        Span<byte> header = stackalloc byte[SpoolFrame.HeaderBytes];
        try
        {
            if (RandomAccess.Read(_file, header, _position) < header.Length)
                return false;
            frame = _frame = SpoolFrame.ReadFrom(header);
            return frame.Length is > 0 and <= SpoolFrame.MaximumLength && TryLoad(header, frame.Length);
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>Goes past the frame that <see cref="TryPeek"/> found.</summary>
    public void Skip(SpoolFrame frame)
    {
        _position += SpoolFrame.HeaderBytes + frame.Length;
        _bytes = null;
    }

    /// <summary>Bytes of the frame that <see cref="TryPeek"/> found.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes;

    public void Dispose() => _file.Dispose();

    private bool TryLoad(ReadOnlySpan<byte> header, int length)
    {
        if (_position + SpoolFrame.HeaderBytes + length > RandomAccess.GetLength(_file))
            return false;
        var bytes = new byte[length];
        var read = 0;
        while (read < length)
        {
            var count = RandomAccess.Read(_file, bytes.AsSpan(read), _position + SpoolFrame.HeaderBytes + read);
            if (count == 0)
                return false;
            read += count;
        }

        if (!SpoolFrame.IsWhole(header, bytes))
            return false;
        _bytes = bytes;
        return true;
    }
}
