using System.Globalization;
using System.Text;

namespace TaskConsole.Faults.Lab;

/// <summary>A script that leaves a mark for each time it is started, and says what it must print.</summary>
/// <param name="Text">What follows the mark.</param>
/// <param name="Stdout">What it prints when it comes to its end.</param>
/// <param name="ExitCode">What it then exits with.</param>
internal sealed record LabScript(string Text, string Stdout, int ExitCode = 0)
{
    /// <summary>Appended in one write, so that scripts of several hosts may share the file.</summary>
    private const string Mark = "echo \"$TASKCONSOLE_COMMAND_HOST_ID.$TASKCONSOLE_ATTEMPT\" >> \"$MARKS\"\n";

    public string Marked => Mark + Text;

    /// <summary>Prints one line and ends.</summary>
    public static LabScript Quick { get; } = new("echo done\n", "done\n");

    /// <summary>Prints a line, waits until a file exists, prints some more.</summary>
    public static LabScript Until(string gate) => new($"echo begin\nwhile [ ! -e '{gate}' ]; do sleep 0.05; done\n{Printing(50)}", "begin\n" + Printed(50));

    /// <summary>Prints so many lines, with a pause of some milliseconds after every tenth.</summary>
    public static LabScript Printer(int lines, int pauseMs = 50, int exitCode = 0) =>
        new(Printing(lines, pauseMs) + (exitCode == 0 ? "" : $"exit {exitCode}\n"), Printed(lines), exitCode);

    private static string Printing(int lines, int pauseMs = 0)
    {
        var pause = (pauseMs / 1000.0).ToString("0.###", CultureInfo.InvariantCulture);
        var sleep = pauseMs > 0 ? $"[ $((i % 10)) -ne 0 ] || sleep {pause}; " : "";
        return $"i=0; while [ $i -lt {lines} ]; do echo \"line $i of a script that prints\"; i=$((i+1)); {sleep}done\n";
    }

    private static string Printed(int lines)
    {
        var text = new StringBuilder();
        for (var line = 0; line < lines; line++)
        {
            text.Append(CultureInfo.InvariantCulture, $"line {line} of a script that prints\n");
        }

        return text.ToString();
    }
}
