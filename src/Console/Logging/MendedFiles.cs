using TaskConsole.Console.Settings;

namespace TaskConsole.Console.Logging;

/// <summary>Tells what other accounts of the machine could open until this start.</summary>
internal static partial class MendedFiles
{
    /// <summary>One line for all of them; none when nothing was mended.</summary>
    public static void TellMendedFiles(this WebApplication app)
    {
        if (app.Services.GetRequiredService<ConsoleSettings>().MendedFiles is { Count: > 0 } paths)
        {
            LogMended(app.Services.GetRequiredService<ILogger<ConsoleSettings>>(), string.Join(", ", paths));
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Other accounts could open these, and no longer can (their mode was changed): {Paths}")]
    private static partial void LogMended(ILogger logger, string paths);
}
