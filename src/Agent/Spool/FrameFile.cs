namespace TaskConsole.Agent.Spool;

/// <summary>A file that frames are appended to, whole or not at all.</summary>
internal sealed class FrameFile : IDisposable
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private readonly FileStream _file;
    private bool _broken;

    public FrameFile(string path)
    {
        _file = new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            Share = FileShare.ReadWrite | FileShare.Delete,
            BufferSize = 0,
            UnixCreateMode = Private,
        });
    }

    public long Length { get; private set; }

    /// <summary>False when the disk did not take it; then nothing of it stays.</summary>
    public bool TryAppend(ReadOnlySpan<byte> frame)
    {
        if (_broken)
            return false;
        try
        {
            RandomAccess.Write(_file.SafeFileHandle, frame, Length);
            Length += frame.Length;
            return true;
        }
        catch (IOException)
        {
            CutBack();
            return false;
        }
    }

    /// <summary>As far as the disk lets it.</summary>
    public void Sync()
    {
        try
        {
            _file.Flush(flushToDisk: true);
        }
        catch (IOException)
        {
            // What cannot be kept is told as omitted by whoever reads it.
        }
    }

    public void Dispose() => _file.Dispose();

    private void CutBack()
    {
        try
        {
            RandomAccess.SetLength(_file.SafeFileHandle, Length);
        }
        catch (IOException)
        {
            _broken = true;
        }
    }
}
