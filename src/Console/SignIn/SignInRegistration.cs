using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.DataProtection;
using TaskConsole.Console.Actors;
using TaskConsole.Console.Api;
using TaskConsole.Console.Settings;

namespace TaskConsole.Console.SignIn;

/// <summary>
/// Who may come in: people by a cookie, programs by a bearer token. Every endpoint needs one of them unless it says otherwise.
/// </summary>
/// <remarks>
/// REST reads also take the cookie, so that pages can link to downloads; REST writes take the token alone, so that no other
/// site can make a browser write.
/// </remarks>
internal static class SignInRegistration
{
    private const string Either = "CookieOrBearer";
    private static readonly TimeSpan CookieLifetime = TimeSpan.FromHours(12);

    public static void AddSignIn(this IServiceCollection services, ConsoleSettings settings)
    {
        var keys = Path.Combine(settings.DataDirectory, "keys");
        DataDirectories.Make(keys);
        services.AddDataProtection().SetApplicationName("TaskConsole").PersistKeysToFileSystem(new DirectoryInfo(keys));
        services.AddSingleton<SignInLink>();
        services.AddSingleton<WrongTokenLimit>();
        services.AddSingleton<SignedInActors>();
        services.AddHttpContextAccessor();
        services.AddSingleton<IClaimsTransformation, ActorAddress>();
        services.AddAuthentication(Either)
            .AddPolicyScheme(Either, displayName: null, options => options.ForwardDefaultSelector = SchemeOf)
            .AddScheme<AuthenticationSchemeOptions, BearerTokenHandler>(BearerTokenHandler.SchemeName, configureOptions: null)
            .AddCookie(CookieAuthenticationDefaults.AuthenticationScheme, Configure);
        services.AddAuthorizationBuilder()
            .SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireAuthenticatedUser().Build());
    }

    public static void UseSignIn(this WebApplication app)
    {
        app.UseAuthentication();
        app.UseAuthorization();
    }

    private static void Configure(CookieAuthenticationOptions options)
    {
        options.Cookie.Name = "taskconsole";
        options.Cookie.HttpOnly = true;
        options.Cookie.SameSite = SameSiteMode.Lax;
        options.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        options.ExpireTimeSpan = CookieLifetime;
        options.SlidingExpiration = true;
        options.LoginPath = SignInEndpoints.Path;
        options.ReturnUrlParameter = SignInEndpoints.ReturnUrl;
        options.Events.OnValidatePrincipal = context =>
        {
            if (context.Principal?.FindActor() is null)
            {
                context.RejectPrincipal();
            }

            return Task.CompletedTask;
        };
        options.Events.OnRedirectToLogin = context => context.Request.IsApi()
            ? context.HttpContext.ChallengeAsync(BearerTokenHandler.SchemeName)
            : Redirect(context);
        options.Events.OnRedirectToAccessDenied = context =>
            ProblemWriter.WriteAsync(context.HttpContext, StatusCodes.Status403Forbidden, RequestProblemCode.Forbidden);
    }

    private static Task Redirect(RedirectContext<CookieAuthenticationOptions> context)
    {
        context.Response.Redirect(context.RedirectUri);
        return Task.CompletedTask;
    }

    private static string SchemeOf(HttpContext context)
    {
        var request = context.Request;
        if (request.IsLive())
        {
            return BearerTokenHandler.SchemeName;
        }

        if (!request.IsApi())
        {
            return CookieAuthenticationDefaults.AuthenticationScheme;
        }

        var reads = HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method);
        return reads && request.Headers.Authorization.Count == 0
            ? CookieAuthenticationDefaults.AuthenticationScheme
            : BearerTokenHandler.SchemeName;
    }
}
