using System.Runtime.InteropServices;

namespace TaskConsole.Agent.Masking;

/// <summary>
/// Items that are added at the end and taken from both ends. The array grows to at most four times the most items
/// held at once, and is never given back; moving items costs a constant time for each item that was added.
/// </summary>
/// <remarks>A mutable structure: to be kept in a field that is not readonly, never copied.</remarks>
[StructLayout(LayoutKind.Auto)]
internal struct SlidingBuffer<T>
{
    private T[]? _array;
    private int _start;

    /// <summary>How many items are held.</summary>
    public int Count { get; private set; }

    /// <summary>The items, first to last; valid until the next call of <see cref="Append"/>.</summary>
    public readonly Span<T> Items => _array.AsSpan(_start, Count);

    /// <summary>Adds items at the end.</summary>
    public void Append(params ReadOnlySpan<T> items)
    {
        var needed = Count + items.Length;
        if (_array is null || _start + needed > _array.Length)
            MakeRoom(needed);
        items.CopyTo(_array.AsSpan(_start + Count));
        Count = needed;
    }

    /// <summary>Takes away the first <paramref name="count"/> items.</summary>
    public void RemoveFirst(int count)
    {
        Count -= count;
        _start = Count == 0 ? 0 : _start + count;
    }

    /// <summary>Takes away the last <paramref name="count"/> items.</summary>
    public void RemoveLast(int count) => Count -= count;

    /// <summary>Takes away all items.</summary>
    public void Clear() => RemoveFirst(Count);

    // Half of the array is free after each move, so that as many items are added before the next one.
    private void MakeRoom(int needed)
    {
        var items = Items;
        if (_array is null || needed > _array.Length / 2)
            _array = new T[Math.Max(16, checked(needed * 2))];
        items.CopyTo(_array);
        _start = 0;
    }
}
