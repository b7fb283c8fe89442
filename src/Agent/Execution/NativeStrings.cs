using System.Runtime.InteropServices;
using System.Text;

namespace TaskConsole.Agent.Execution;

/// <summary>An array of C strings that ends with a null, as argv and envp are. Lives until it is disposed.</summary>
internal sealed unsafe class NativeStrings : IDisposable
{
    private readonly byte** _pointers;
    private readonly int _count;

    public NativeStrings(IReadOnlyList<byte[]> values)
    {
        _count = values.Count;
        _pointers = (byte**)NativeMemory.AllocZeroed((nuint)(_count + 1), (nuint)sizeof(byte*));
        for (var i = 0; i < _count; i++)
        {
            var value = values[i];
            _pointers[i] = (byte*)NativeMemory.Alloc((nuint)value.Length + 1);
            value.CopyTo(new Span<byte>(_pointers[i], value.Length));
            _pointers[i][value.Length] = 0;
        }
    }

    public NativeStrings(IEnumerable<string> values)
        : this([.. values.Select(Encoding.UTF8.GetBytes)])
    {
    }

    public byte** Pointers => _pointers;

    public void Dispose()
    {
        for (var i = 0; i < _count; i++)
            NativeMemory.Free(_pointers[i]);
        NativeMemory.Free(_pointers);
    }
}
