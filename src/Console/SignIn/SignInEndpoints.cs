using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Http.HttpResults;
using TaskConsole.Console.Actors;
using TaskConsole.Core.Acts;

namespace TaskConsole.Console.SignIn;

/// <summary>The sign-in link, the page that explains it, and signing out.</summary>
internal static partial class SignInEndpoints
{
    /// <summary>Where a person signs in.</summary>
    public const string Path = "/sign-in";

    /// <summary>Where a person signs out, by POST.</summary>
    public const string SignOutPath = "/sign-out";

    /// <summary>Query parameter: the local path to go on to.</summary>
    public const string ReturnUrl = "returnUrl";

    private const string Administrator = "admin";

    public static void MapSignIn(this WebApplication app)
    {
        app.MapGet(Path, SignInAsync).AllowAnonymous().ExcludeFromDescription();
        app.MapMethods(Path, [HttpMethods.Head], static () => TypedResults.Ok()).AllowAnonymous().ExcludeFromDescription();
        app.MapPost(SignOutPath, (Delegate)SignOutAsync).ExcludeFromDescription();
    }

    private static async Task<Results<RedirectHttpResult, ContentHttpResult>> SignInAsync(
        HttpContext context, SignInLink link, SignedInActors actors, ILoggerFactory loggers, string? token = null, string? returnUrl = null)
    {
        context.Response.Headers["Referrer-Policy"] = "no-referrer";
        context.Response.Headers.CacheControl = "no-store";
        var logger = loggers.CreateLogger(typeof(SignInEndpoints));
        var address = context.Connection.RemoteIpAddress?.ToString();
        if (link.TryUse(token))
        {
            var principal = await actors.SignInAsync(ActorKind.Person, Administrator, CookieAuthenticationDefaults.AuthenticationScheme, context.RequestAborted);
            await context.SignInAsync(CookieAuthenticationDefaults.AuthenticationScheme, principal);
            LogSignedIn(logger, Administrator, address);
            return TypedResults.LocalRedirect(Local(returnUrl));
        }

        if (context.User.Identity is { IsAuthenticated: true })
        {
            return TypedResults.LocalRedirect(Local(returnUrl));
        }

        if (!string.IsNullOrEmpty(token))
        {
            LogRefused(logger, address);
        }

        return SignInPage.Render(linkWasRefused: !string.IsNullOrEmpty(token));
    }

    private static async Task<RedirectHttpResult> SignOutAsync(HttpContext context)
    {
        await context.SignOutAsync(CookieAuthenticationDefaults.AuthenticationScheme);
        return TypedResults.LocalRedirect(Path);
    }

    private static string Local(string? returnUrl) =>
        returnUrl is ['/'] or ['/', not ('/' or '\\'), ..] && !returnUrl.Any(char.IsControl) ? returnUrl : "/";

    [LoggerMessage(Level = LogLevel.Information, Message = "{Actor} signed in from {Address}")]
    private static partial void LogSignedIn(ILogger logger, string actor, string? address);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A sign-in link that is not valid was opened from {Address}")]
    private static partial void LogRefused(ILogger logger, string? address);
}
