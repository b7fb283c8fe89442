using System.Buffers;
using TaskConsole.AgentHub.Protocol;
using Wire = TaskConsole.Protocol.V1;

namespace TaskConsole.AgentHub.Sessions;

/// <summary>
/// Reads what an agent tells beyond an outcome. Whatever is not as the protocol allows is left out or cut: an end is taken
/// all the same.
/// </summary>
internal static class DetailReading
{
    private const int MaxDetails = 4;
    private const int MaxCode = 64;
    private const int MaxArguments = 8;
    private const int MaxName = 32;

    /// <summary>Of all texts of one message together, in characters.</summary>
    private const int MaxText = 1_000;

    private static readonly SearchValues<char> OfCodes = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789.-");
    private static readonly SearchValues<char> OfNames = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

    public static IReadOnlyList<CodedMessage> Read(IReadOnlyCollection<Wire.Detail> details)
    {
        if (details.Count == 0)
        {
            return [];
        }

        var room = MaxText;
        var read = new List<CodedMessage>();
        foreach (var detail in details.Where(detail => IsOf(OfCodes, detail.Code, MaxCode) && detail.Code != AttemptDetailCode.SaidByPerson).Take(MaxDetails))
        {
            read.Add(Read(detail, ref room));
        }

        return read;
    }

    private static CodedMessage Read(Wire.Detail detail, ref int room)
    {
        var arguments = new List<(string Name, object Value)>(detail.Arguments.Count);
        foreach (var (name, value) in detail.Arguments.Where(argument => IsOf(OfNames, argument.Key, MaxName)).OrderBy(argument => argument.Key, StringComparer.Ordinal).Take(MaxArguments))
        {
            if (value.ValueCase == Wire.DetailArgument.ValueOneofCase.Number)
            {
                arguments.Add((name, value.Number));
            }
            else if (value.ValueCase == Wire.DetailArgument.ValueOneofCase.Text)
            {
                var text = Texts.Clean(value.Text, room);
                room -= text.Length;
                arguments.Add((name, text));
            }
        }

        return CodedMessage.Of(detail.Code, [.. arguments]);
    }

    private static bool IsOf(SearchValues<char> allowed, string text, int longest) =>
        text.Length > 0 && text.Length <= longest && !text.AsSpan().ContainsAnyExcept(allowed);
}
