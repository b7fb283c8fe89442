using System.Globalization;
using System.Text;

namespace TaskConsole.Faults.Lab;

/// <summary>A script that leaves a mark for each time it is started, and says what it must print.</summary>
/// <param name="Text">What follows the mark.</param>
/// <param name="Stdout">What it prints when it comes to its end.</param>
/// <param name="Stderr">The same on the other stream.</param>
/// <param name="ExitCode">What it then exits with.</param>
internal sealed record LabScript(string Text, string Stdout, string Stderr = "", int ExitCode = 0)
{
    /// <summary>Appended in one write, so that scripts of several hosts may share the file.</summary>
    private const string Mark = "echo \"$TASKCONSOLE_COMMAND_HOST_ID.$TASKCONSOLE_ATTEMPT\" >> \"$MARKS\"\n";

    public string Marked => Mark + Text;

    /// <summary>Prints one line and ends.</summary>
    public static LabScript Quick { get; } = new("echo done\n", "done\n");

    /// <summary>Prints a line, waits until a file exists, prints some more.</summary>
    public static LabScript Until(string gate) => new($"echo begin\nwhile [ ! -e '{gate}' ]; do sleep 0.05; done\n{Printing(50)}", "begin\n" + Printed("line", 50, 1), Printed("tenth", 50, 10));

    /// <summary>Prints so many lines, every tenth on the other stream too, with a pause of some milliseconds behind it.</summary>
    public static LabScript Printer(int lines, int pauseMs = 50, int exitCode = 0) =>
        new(Printing(lines, pauseMs) + (exitCode == 0 ? "" : $"exit {exitCode}\n"), Printed("line", lines, 1), Printed("tenth", lines, 10), exitCode);

    private static string Printing(int lines, int pauseMs = 0)
    {
        var pause = (pauseMs / 1000.0).ToString("0.###", CultureInfo.InvariantCulture);
        var sleep = pauseMs > 0 ? $"sleep {pause}; " : "";
        return $"i=0; while [ $i -lt {lines} ]; do echo \"line $i of a script that prints\"; if [ $((i % 10)) -eq 0 ]; then echo \"tenth $i of a script that prints\" >&2; {sleep}fi; i=$((i+1)); done\n";
    }

    private static string Printed(string what, int lines, int every)
    {
        var text = new StringBuilder();
        for (var line = 0; line < lines; line += every)
        {
            text.Append(CultureInfo.InvariantCulture, $"{what} {line} of a script that prints\n");
        }

        return text.ToString();
    }
}
