using System.Data.Common;
using System.Net.Sockets;
using Microsoft.Extensions.Options;
using TaskConsole.Core.Leadership;

namespace TaskConsole.Console.Settings;

/// <summary>Turns what stops a start into the one sentence that an operator needs.</summary>
internal static class StartFailure
{
    /// <summary>The sentence; null for what is a defect of the program and deserves its stack trace.</summary>
    public static string? Explain(Exception failure) => failure switch
    {
        WrongSettingException wrong => wrong.Message,
        OptionsValidationException invalid => OneLine(string.Join(' ', invalid.Failures)),
        DatabaseInUseException => "ConnectionStrings:Database: another console uses this database, and it lives; stop it first, or give this one a database and a DataDirectory of its own.",
        InvalidOperationException { InnerException: FormatException or ArgumentException } unbound => OneLine(unbound.Message),
        IOException when Socket(failure) is not null => OneLine($"Urls or AgentHub:Listen cannot be bound, another address or port is needed: {failure.Message}"),
        SocketException => OneLine($"Urls or AgentHub:Listen cannot be bound, another address or port is needed: {failure.Message}"),
        _ when Database(failure) is { } database =>
            OneLine($"ConnectionStrings:Database leads to no database that can be used, a server that is up and an account that may create tables are needed: {database.Message}"),
        _ => null,
    };

    private static SocketException? Socket(Exception? failure) =>
        Chain(failure).OfType<SocketException>().FirstOrDefault();

    private static DbException? Database(Exception? failure) =>
        Chain(failure).OfType<DbException>().FirstOrDefault();

    private static IEnumerable<Exception> Chain(Exception? failure)
    {
        for (; failure is not null; failure = failure.InnerException)
        {
            yield return failure;
        }
    }

    private static string OneLine(string text) => text.ReplaceLineEndings(" ").TrimEnd('.', ' ') + ".";
}
