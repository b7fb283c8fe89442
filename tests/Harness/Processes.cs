using System.Text;

namespace TaskConsole.Harness;

/// <summary>What runs on this machine, as /proc tells.</summary>
public static class Processes
{
    /// <summary>Ids of the processes whose command line holds a text.</summary>
    public static IReadOnlyList<int> WithCommandLine(string text) => With("cmdline", text);

    /// <summary>Ids of the processes that carry a text in their environment.</summary>
    public static IReadOnlyList<int> WithEnvironment(string text) => With("environ", text);

    private static List<int> With(string file, string text)
    {
        var found = new List<int>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), out var id) && Read(Path.Combine(folder, file)).Contains(text, StringComparison.Ordinal))
            {
                found.Add(id);
            }
        }

        return found;
    }

    private static string Read(string path)
    {
        try
        {
            return Encoding.UTF8.GetString(File.ReadAllBytes(path));
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
