using TaskConsole.Console.Settings;
using TaskConsole.Console.SignIn;

namespace TaskConsole.Console.Logging;

/// <summary>What a console that has started says to whoever started it.</summary>
internal static class Welcoming
{
    /// <summary>Prints the address and the sign-in link. The link goes to <paramref name="output"/> alone, into no log.</summary>
    public static void Welcome(this WebApplication app, TextWriter output)
    {
        var address = app.Services.GetRequiredService<WebListeners>().FirstAddress;
        var token = app.Services.GetRequiredService<SignInLink>().Issue();
        output.WriteLine($"TaskConsole listens on {address.GetLeftPart(UriPartial.Authority)}");
        output.WriteLine($"Sign in: {new Uri(address, $"{SignInEndpoints.Path}?token={token}")}");
        output.Flush();
        app.Services.GetRequiredService<TerminalLogging>().Open();
    }
}
