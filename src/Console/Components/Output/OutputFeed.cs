using TaskConsole.Core.Acts;
using TaskConsole.Core.Outputs;
using TaskConsole.Core.Problems;

namespace TaskConsole.Console.Components.Output;

/// <summary>
/// Reads one attempt into a <see cref="LogDocument"/> from its own cursor. Told of a change, it reads on from where
/// it is: nothing is missed, nothing comes twice. Used on the dispatcher of one component.
/// </summary>
internal sealed class OutputFeed(OutputReader reader, Guid commandHostId, int attempt, Actor actor)
{
    private const int SliceBytes = 256 * 1024;
    private OutputCursor _cursor = OutputCursor.Start;
    private bool _reading;
    private bool _again;

    public LogDocument Document { get; } = new();

    public int Attempt => attempt;

    /// <summary>The attempt has ended and all of it was read.</summary>
    public bool Complete { get; private set; }

    public Problem? Problem { get; private set; }

    /// <summary>Reads all that is committed; <paramref name="progressed"/> is told after each slice. A call while another reads makes that one read again.</summary>
    public async Task ReadOnAsync(Action progressed, CancellationToken stopping)
    {
        _again = true;
        if (_reading)
        {
            return;
        }

        _reading = true;
        try
        {
            while (_again && !Complete)
            {
                _again = await ReadSliceAsync(stopping);
                progressed();
            }
        }
        finally
        {
            _reading = false;
        }
    }

    /// <summary>Whether there may be more.</summary>
    private async Task<bool> ReadSliceAsync(CancellationToken stopping)
    {
        _again = false;
        var answer = await reader.ReadAsync(commandHostId, attempt, OutputSelection.Both, _cursor, SliceBytes, actor, stopping);
        if (!answer.TryGet(out var slice, out var problem))
        {
            Problem = problem;
            return false;
        }

        Problem = null;
        foreach (var chunk in slice.Chunks)
        {
            Document.Append(chunk);
        }

        _cursor = slice.Cursor;
        if (slice.Complete)
        {
            Document.Complete();
            Complete = true;
        }

        return _again || slice.Chunks.Count > 0;
    }
}
