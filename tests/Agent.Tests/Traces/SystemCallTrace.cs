using System.Globalization;
using System.Text.RegularExpressions;

namespace TaskConsole.Agent.Tests.Traces;

/// <summary>What strace has recorded of an agent and all that it started, in the order in which it happened.</summary>
public sealed partial class SystemCallTrace
{
    private readonly List<SystemCall> _calls = [];

    /// <summary>Reads the output of <c>strace -f -y</c>; a last line that is not complete is left out.</summary>
    public SystemCallTrace(string path)
    {
        Dictionary<int, (string Name, string Arguments, int Begin)> open = [];
        var lines = File.ReadAllText(path).Split('\n')[..^1];
        for (var at = 0; at < lines.Length; at++)
        {
            if (Line().Match(lines[at]) is not { Success: true } line)
                continue;
            var pid = int.Parse(line.Groups["pid"].Value, CultureInfo.InvariantCulture);
            var (name, text) = (line.Groups["name"].Value, line.Groups["text"].Value);
            var begin = at;
            if (line.Groups["resumed"].Success)
            {
                if (!open.Remove(pid, out var first))
                    continue;
                (text, begin) = (first.Arguments + text, first.Begin);
            }

            if (text.EndsWith(Unfinished, StringComparison.Ordinal))
            {
                open[pid] = (name, text[..^Unfinished.Length], begin);
                continue;
            }

            var equals = text.LastIndexOf(" = ", StringComparison.Ordinal);
            if (equals >= 0)
                _calls.Add(new SystemCall(name, text[..equals].TrimEnd().TrimEnd(')'), text[(equals + 3)..], begin, at));
        }

        // What never came back has begun all the same.
        foreach (var (name, arguments, begin) in open.Values)
            _calls.Add(new SystemCall(name, arguments, "", begin, int.MaxValue));
        _calls.Sort((left, right) => left.Begin.CompareTo(right.Begin));
    }

    private const string Unfinished = " <unfinished ...>";

    /// <summary>Calls that write bytes, to files and elsewhere.</summary>
    public IEnumerable<SystemCall> Writes => _calls.Where(call => call.Name is "write" or "pwrite64" or "writev" or "pwritev" or "sendto" or "sendmsg");

    /// <summary>Those whose file lies beneath this folder.</summary>
    public IEnumerable<SystemCall> WritesBeneath(string folder) =>
        Writes.Where(call => OpenFile().Match(call.Arguments) is { Success: true } file && file.Groups["path"].Value.StartsWith(folder + "/", StringComparison.Ordinal));

    /// <summary>Where the program with these first arguments is executed first.</summary>
    public int Executed(params string[] arguments)
    {
        var list = "[" + string.Join(", ", arguments.Select(argument => $"\"{argument}\""));
        return _calls.FirstOrDefault(call => call.Name == "execve" && call.Arguments.Contains(list, StringComparison.Ordinal))?.Begin
            ?? throw new InvalidOperationException($"Not executed: {list}");
    }

    /// <summary>Where the record at this path has first become durable: bytes, sync, name, sync of the folder, each after the other.</summary>
    public int Durable(string path)
    {
        var named = _calls.FirstOrDefault(call => call.Name.StartsWith("rename", StringComparison.Ordinal) && call.Arguments.EndsWith($"\"{path}\"", StringComparison.Ordinal) && call.Succeeded)
            ?? throw new InvalidOperationException($"Never named: {path}");
        var beside = path + ".new";
        var written = Writes.LastOrDefault(call => call.Arguments.Contains($"<{beside}>", StringComparison.Ordinal) && call.Begin < named.Begin)
            ?? throw new InvalidOperationException($"Never written: {beside}");
        var synced = _calls.FirstOrDefault(call => IsSyncOf(call, beside) && call.Begin > written.End)
            ?? throw new InvalidOperationException($"Not synced after it was written: {beside}");
        Assert.True(synced.End < named.Begin, $"{path} got its name in line {named.Begin}, before its bytes were synced in line {synced.End}.");
        return FolderSynced(Path.GetDirectoryName(path)!, named.End);
    }

    /// <summary>Where a new folder's own name has become durable.</summary>
    public int FolderNameDurable(string path)
    {
        var made = _calls.FirstOrDefault(call => call.Name.StartsWith("mkdir", StringComparison.Ordinal) && call.Arguments.Contains($"\"{path}\"", StringComparison.Ordinal) && call.Succeeded)
            ?? throw new InvalidOperationException($"Never made: {path}");
        return FolderSynced(Path.GetDirectoryName(path)!, made.End);
    }

    private int FolderSynced(string folder, int after) =>
        _calls.FirstOrDefault(call => IsSyncOf(call, folder) && call.Begin > after)?.End
        ?? throw new InvalidOperationException($"The folder is not synced after line {after}: {folder}");

    private static bool IsSyncOf(SystemCall call, string path) =>
        call.Name is "fsync" && call.Succeeded && call.Arguments.EndsWith($"<{path}>", StringComparison.Ordinal);

    [GeneratedRegex(@"^(?<pid>\d+) +(?:(?<name>\w+)\(|(?<resumed><\.\.\. (?<name>\w+) resumed>))(?<text>.*)$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Line();

    [GeneratedRegex(@"^\d+<(?<path>/[^>]*)>", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex OpenFile();
}
