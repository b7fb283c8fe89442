using System.Reflection;

namespace TaskConsole.Console.Settings;

/// <summary>What the command line takes: <c>--demo N</c>, and every setting as <c>--Section:Name value</c>.</summary>
internal static class CommandLine
{
    private const string Usage = """
        TaskConsole.Console [--demo N] [--SETTING VALUE]…

          --demo N       also start N agents (1 to 50) on this machine to try it on
          --SETTING VALUE  any setting, for example --Urls http://*:5080 --Database:Provider MySql
          --help, --version

        Settings come from appsettings.json, then environment variables (Section__Name), then the command line.
        """;

    /// <summary>Answers <c>--help</c> and <c>--version</c>.</summary>
    public static bool TryAnswer(string[] args, TextWriter output)
    {
        if (args.Contains("--help", StringComparer.Ordinal))
        {
            output.WriteLine(Usage);
            return true;
        }

        if (args.Contains("--version", StringComparer.Ordinal))
        {
            output.WriteLine(typeof(CommandLine).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion);
            return true;
        }

        return false;
    }

    /// <summary>Finds what the configuration would silently ignore: stray words, and options without a value.</summary>
    /// <exception cref="WrongSettingException">There is one.</exception>
    public static void Check(string[] args)
    {
        for (var index = 0; index < args.Length; index++)
        {
            var argument = args[index];
            if (!argument.StartsWith("--", StringComparison.Ordinal) || argument.Length < 3)
            {
                throw new WrongSettingException($"'{argument}' on the command line is not understood; allowed are --demo N and --SETTING VALUE (see --help).");
            }

            if (!argument.Contains('=', StringComparison.Ordinal) && (++index == args.Length || args[index].StartsWith("--", StringComparison.Ordinal)))
            {
                throw new WrongSettingException($"{argument} has no value; allowed are --demo N and --SETTING VALUE (see --help).");
            }
        }
    }
}
