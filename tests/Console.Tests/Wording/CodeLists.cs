using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace TaskConsole.Console.Tests.Wording;

/// <summary>A code of a list in Contract.</summary>
/// <param name="List">Name of the list's class.</param>
/// <param name="Name">Name of the constant.</param>
/// <param name="Code">The code.</param>
/// <param name="Key">Key of its text, without forms.</param>
/// <param name="Arguments">What its docstring names.</param>
internal sealed record ListedCode(string List, string Name, string Code, string Key, IReadOnlyList<string> Arguments);

/// <summary>Every code of every list in Contract, with the arguments of its docstring.</summary>
internal static partial class CodeLists
{
    public static IReadOnlyList<ListedCode> All { get; } = [.. Lists().SelectMany(Read)];

    /// <summary>Files of the source tree.</summary>
    public static IEnumerable<string> Sources(string folder, [CallerFilePath] string here = "") =>
        Directory.EnumerateFiles(Path.Combine(Path.GetDirectoryName(here)!, "../../..", folder), "*", SearchOption.AllDirectories)
            .Where(file => file.EndsWith(".cs", StringComparison.Ordinal) || file.EndsWith(".razor", StringComparison.Ordinal))
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal));

    private static IEnumerable<Type> Lists() =>
        typeof(CodedMessage).Assembly.GetExportedTypes().Where(type => type is { IsAbstract: true, IsSealed: true } && type.Name.EndsWith("Code", StringComparison.Ordinal));

    private static IEnumerable<ListedCode> Read(Type list)
    {
        var source = File.ReadAllText(Sources("src/Contract").Single(file => Path.GetFileName(file) == $"{list.Name}.cs"));
        var documented = Constant().Matches(source).ToDictionary(
            match => match.Groups["name"].Value,
            match => Named().Matches(match.Groups["summary"].Value).SelectMany(named => named.Groups["arguments"].Value.Split(", ")).Distinct(StringComparer.Ordinal).ToArray(),
            StringComparer.Ordinal);
        var kind = list.Name switch
        {
            nameof(AttemptDetailCode) => "Detail",
            nameof(HoldCode) => "Hold",
            nameof(NoticeCode) => "Notice",
            _ => "Problem",
        };
        return list.GetFields(BindingFlags.Public | BindingFlags.Static).Where(field => field.IsLiteral)
            .Select(field => (field.Name, Code: (string)field.GetRawConstantValue()!))
            .Select(code => new ListedCode(list.Name, code.Name, code.Code, $"{kind}.{code.Code}", documented[code.Name]));
    }

    [GeneratedRegex("""/// <summary>(?<summary>.*)</summary>\s+public const string (?<name>\w+) =""", RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex Constant();

    [GeneratedRegex("<c>(?<arguments>[A-Za-z, ]+)</c>", RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex Named();
}
