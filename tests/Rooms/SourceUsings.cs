using System.Text.RegularExpressions;

namespace TaskConsole.Rooms;

/// <summary>
/// Arrows that the compiler leaves no trace of: a constant, a <c>nameof</c> or a docstring of another room needs a
/// <c>using</c>, and the build refuses one that nothing needs.
/// </summary>
internal static partial class SourceUsings
{
    /// <param name="project">The namespace that the rooms stand in.</param>
    /// <param name="files">C# files; those that are not there are passed over.</param>
    public static IEnumerable<RoomArrow> ReadArrows(string project, IEnumerable<string> files)
    {
        foreach (var path in files.Where(path => path.EndsWith(".cs", StringComparison.Ordinal) && File.Exists(path)))
        {
            var text = File.ReadAllText(path);
            if (!Namespace().Match(text).Groups["name"].Success || RoomMap.RoomOf(project, Namespace().Match(text).Groups["name"].Value) is not { } room)
                continue;
            foreach (var name in Using().Matches(text).Select(match => match.Groups["name"].Value))
            {
                if (RoomMap.RoomOf(project, name) is { } known && known != room && known != RoomMap.Root)
                    yield return new RoomArrow(room, known, BuiltProject.Shorten(path));
            }
        }
    }

    [GeneratedRegex(@"^namespace\s+(?<name>[\w.]+)", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex Namespace();

    [GeneratedRegex(@"^\s*using\s+(static\s+|\w+\s*=\s*)?(?<name>[\w.]+)\s*;", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex Using();
}
