using System.Text;
using TaskConsole.Console.Components.Output;
using TaskConsole.Core.Outputs;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Console.Components.Tasks.Detail;

/// <summary>A group as the page shows it.</summary>
/// <param name="Group">What the store says.</param>
/// <param name="Key">Its address.</param>
/// <param name="Said">The line of its output that tells most; null: it has none.</param>
internal sealed record AnswerLine(CommandHostGroup Group, CommandHostGroupKey Key, string? Said)
{
    private const int LongestSaid = 200;

    /// <param name="groups">What the store says.</param>
    /// <param name="commands">Commands of the task.</param>
    /// <param name="before">What was shown before: the sample of a group never changes, so it is not read again.</param>
    public static List<AnswerLine> Of(IReadOnlyList<CommandHostGroup> groups, IReadOnlyList<CommandView> commands, IReadOnlyList<AnswerLine> before)
    {
        var indexes = commands.ToDictionary(command => command.Id, command => command.Index);
        var said = before.ToDictionary(line => line.Key, line => line.Said);
        return [.. groups.Select(group =>
        {
            var key = new CommandHostGroupKey(indexes[group.CommandId], group.Status, group.Reason, group.ExitCode, group.OutputHash);
            return new AnswerLine(group, key, said.TryGetValue(key, out var known) ? known : SaidIn(group));
        })];
    }

    /// <summary>Of what succeeded the first line that says something, of the rest the last: there scripts say why. A sample that may be cut has no last line.</summary>
    private static string? SaidIn(CommandHostGroup group)
    {
        if (group.Sample is not { Length: > 0 } sample)
        {
            return null;
        }

        var bytes = Encoding.UTF8.GetBytes(sample);
        var document = new LogDocument();
        document.Append(new OutputChunk(OutputStream.Stdout, 0, bytes.Length, bytes, Omitted: false));
        document.Complete();
        var lines = Enumerable.Range(0, document.Count).Select(index => document[index].Text.Trim()).Where(line => line.Length > 0);
        var said = group.Status == CommandHostStatus.Succeeded || bytes.Length > TaskGroups.SampleBytes - 4 ? lines.FirstOrDefault() : lines.LastOrDefault();
        return said?[..Math.Min(said.Length, LongestSaid)];
    }
}
