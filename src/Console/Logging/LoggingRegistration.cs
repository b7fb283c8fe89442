using Microsoft.AspNetCore.SignalR;
using Serilog;
using Serilog.Core;
using Serilog.Events;
using Serilog.Formatting.Compact;
using TaskConsole.AgentHub;
using TaskConsole.Console.Demo;
using TaskConsole.Console.Settings;
using TaskConsole.Console.SignIn;

namespace TaskConsole.Console.Logging;

/// <summary>Where messages go: text on the terminal for people, a line of JSON each in <c>logs/</c> for programs.</summary>
internal static class LoggingRegistration
{
    private const long FileLimitBytes = 50 * 1024 * 1024;
    private const int FilesKept = 14;
    private const LogEventLevel Silent = LogEventLevel.Fatal + 1;

    /// <summary>Adds both. ASP.NET Core's own request messages stay out: they would hold sign-in tokens of query strings. A <see cref="HubException"/> is an answer to a client, no failure.</summary>
    /// <remarks>The terminal is silent until the start has succeeded, so that a start that fails says one sentence; the file has all.</remarks>
    public static void AddLogging(this WebApplicationBuilder builder, ConsoleSettings settings)
    {
        var terminal = new LoggingLevelSwitch(Silent);
        builder.Services.AddSingleton(new TerminalLogging(terminal, settings.LogLevel));
        builder.Services.AddSerilog(
            logger => logger
                .MinimumLevel.Is(settings.LogLevel)
                .MinimumLevel.Override("Microsoft", LogEventLevel.Warning)
                .MinimumLevel.Override("System", LogEventLevel.Warning)
                .MinimumLevel.Override("Grpc", LogEventLevel.Warning)
                .MinimumLevel.Override(AgentHubRegistration.GrpcCallCategory, Silent)
                .MinimumLevel.Override("Microsoft.AspNetCore.DataProtection", LogEventLevel.Error)
                .MinimumLevel.Override(typeof(BearerTokenHandler).FullName!, LogEventLevel.Warning)
                .Filter.ByExcluding(message => message.Exception is HubException)
                .Enrich.FromLogContext()
                .WriteTo.File(
                    new CompactJsonFormatter(),
                    Path.Combine(settings.DataDirectory, "logs", "console-.jsonl"),
                    rollingInterval: RollingInterval.Day,
                    fileSizeLimitBytes: FileLimitBytes,
                    rollOnFileSizeLimit: true,
                    retainedFileCountLimit: FilesKept)
                .WriteTo.Logger(shown => shown
                    .Filter.ByExcluding(IsAgentChatter)
                    .WriteTo.Console(
                        outputTemplate: "{Timestamp:HH:mm:ss} {Level:u3} {Message:lj}{NewLine}{Exception}",
                        formatProvider: System.Globalization.CultureInfo.InvariantCulture,
                        levelSwitch: terminal)),
            preserveStaticLogger: true);
    }

    private static bool IsAgentChatter(LogEvent message) =>
        message.Properties.TryGetValue(Constants.SourceContextPropertyName, out var source)
        && source is ScalarValue { Value: string name }
        && string.Equals(name, typeof(DemoAgent).FullName, StringComparison.Ordinal)
        && message.Level < LogEventLevel.Warning;
}

/// <summary>The switch that lets messages through to the terminal once the console is up.</summary>
internal sealed class TerminalLogging(LoggingLevelSwitch level, LogEventLevel shown)
{
    public void Open() => level.MinimumLevel = shown;
}
