using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TaskConsole.Agent.Execution;

namespace TaskConsole.Agent.Files;

/// <summary>
/// Reads the names in an open folder as the bytes that they are: a script may have made any. One buffer of names
/// is read at a time, so that a folder of any size takes the same memory.
/// </summary>
internal sealed unsafe class FolderEntries : IDisposable
{
    private const int BufferBytes = 32 * 1024;
    private const int LengthOffset = 16;
    private const int TypeOffset = 18;
    private const int NameOffset = 19;
    private const byte FolderType = 4;
    private const byte UnknownType = 0;
    private readonly int _folder;
    private readonly byte* _buffer = (byte*)NativeMemory.Alloc(BufferBytes);
    private nint _filled;
    private nint _position;

    /// <param name="folder">Descriptor of an open folder, which stays the caller's.</param>
    public FolderEntries(int folder) => _folder = folder;

    /// <summary>The current name, which ends with a zero; valid until the next call of <see cref="MoveNext"/>.</summary>
    public byte* Name { get; private set; }

    /// <summary>False when the current name is certainly no folder.</summary>
    public bool MayBeFolder { get; private set; }

    /// <summary>Goes to the next name but <c>.</c> and <c>..</c>; false at the end, and when the folder cannot be read.</summary>
    public bool MoveNext()
    {
        while (true)
        {
            if (_position >= _filled)
            {
                _filled = Libc.ReadDirectory(_folder, _buffer, BufferBytes);
                _position = 0;
                if (_filled <= 0)
                    return false;
            }

            var entry = _buffer + _position;
            _position += Unsafe.ReadUnaligned<ushort>(entry + LengthOffset);
            Name = entry + NameOffset;
            MayBeFolder = entry[TypeOffset] is FolderType or UnknownType;
            if (!IsDots(Name))
                return true;
        }
    }

    /// <summary>Begins again.</summary>
    public void Rewind()
    {
        _ = Libc.Seek(_folder, 0, 0);
        _filled = _position = 0;
    }

    public void Dispose() => NativeMemory.Free(_buffer);

    private static bool IsDots(byte* name) => name[0] == '.' && (name[1] == 0 || (name[1] == '.' && name[2] == 0));
}
