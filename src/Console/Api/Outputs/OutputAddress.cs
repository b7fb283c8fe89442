using TaskConsole.Core.Outputs;

namespace TaskConsole.Console.Api.Outputs;

/// <summary>Which output a request asks for, and from where on.</summary>
/// <param name="Selection">Which streams.</param>
/// <param name="Attempt">Null: the one that counts now.</param>
/// <param name="From">Address of the first byte.</param>
/// <param name="GoesOn">Whether the request named where to begin: it goes on reading, and knows from X-Offset what was left out before it.</param>
internal sealed record OutputAddress(OutputSelection Selection, int? Attempt, OutputCursor From, bool GoesOn)
{
    /// <summary>Reads the query; what is wrong is noted in <paramref name="query"/>.</summary>
    public static OutputAddress Read(QueryReader query)
    {
        var selection = query.Enumeration<OutputSelection>("stream") ?? OutputSelection.Stdout;
        var attempt = (int?)query.Number("attempt", 1, int.MaxValue);
        var offset = query.Number("offset", 0, long.MaxValue);
        var cursorText = query.Text("cursor");
        if (selection == OutputSelection.Both && offset is not null)
        {
            query.Refuse("offset", RequestProblemCode.OffsetOfBoth);
        }

        if (selection != OutputSelection.Both && cursorText is not null)
        {
            query.Refuse("cursor", RequestProblemCode.CursorOfOne);
        }

        var cursor = OutputCursor.Start;
        if (cursorText is not null && !OutputCursor.TryParse(cursorText, out cursor))
        {
            query.Refuse("cursor", RequestProblemCode.Cursor);
        }

        var from = selection switch
        {
            OutputSelection.Stdout => new OutputCursor(offset ?? 0, 0),
            OutputSelection.Stderr => new OutputCursor(0, offset ?? 0),
            _ => cursor,
        };
        return new OutputAddress(selection, attempt, from, offset is not null || cursorText is not null);
    }
}
