using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using TaskConsole.Console.Actors;
using TaskConsole.Console.Api;
using TaskConsole.Console.Settings;
using TaskConsole.Core.Acts;

namespace TaskConsole.Console.SignIn;

/// <summary>Knows the holders of API tokens: <c>Authorization: Bearer TOKEN</c>, or <c>access_token</c> in the query of a SignalR connection, where browsers cannot set headers.</summary>
internal sealed partial class BearerTokenHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options,
    ILoggerFactory loggers,
    UrlEncoder encoder,
    WrongTokenLimit limit,
    ConsoleSettings settings,
    SignedInActors actors) : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
{
    /// <summary>Name of the scheme.</summary>
    public const string SchemeName = "Bearer";

    /// <summary>Name of the actor behind <c>Security:BootstrapApiToken</c>.</summary>
    public const string BootstrapName = "bootstrap";

    private readonly byte[]? _bootstrap = settings.BootstrapApiToken is { } token ? Hash(token) : null;

    /// <summary>How long its address has to wait, when it was wrong too often.</summary>
    private TimeSpan? _wait;

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (Token() is not { } token)
        {
            return AuthenticateResult.NoResult();
        }

        var address = Context.Connection.RemoteIpAddress;
        var hash = Hash(token);
        _wait = limit.Wait(address, hash);
        if (_wait is not null)
        {
            return AuthenticateResult.Fail("Too many wrong tokens.");
        }

        if (_bootstrap is null || !CryptographicOperations.FixedTimeEquals(_bootstrap, hash))
        {
            limit.Wrong(address);
            LogWrongToken(Logger, address?.ToString());
            return AuthenticateResult.Fail("The token is not valid.");
        }

        limit.Right(address, hash);
        var principal = await actors.SignInAsync(ActorKind.Token, BootstrapName, SchemeName, Context.RequestAborted);
        return AuthenticateResult.Success(new AuthenticationTicket(principal, SchemeName));
    }

    protected override async Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        var result = await HandleAuthenticateOnceSafeAsync();
        if (_wait is { } wait)
        {
            Response.Headers.RetryAfter = Math.Ceiling(wait.TotalSeconds).ToString("0", CultureInfo.InvariantCulture);
            await ProblemWriter.WriteAsync(Context, StatusCodes.Status429TooManyRequests, RequestProblemCode.TokenWrongTooOften);
            return;
        }

        Response.Headers.WWWAuthenticate = result.Failure is null ? SchemeName : $"{SchemeName} error=\"invalid_token\"";
        await ProblemWriter.WriteAsync(
            Context,
            StatusCodes.Status401Unauthorized,
            result.Failure is null ? RequestProblemCode.TokenMissing : RequestProblemCode.TokenWrong);
    }

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) =>
        ProblemWriter.WriteAsync(Context, StatusCodes.Status403Forbidden, RequestProblemCode.TokenForbidden);

    private string? Token()
    {
        const string prefix = SchemeName + " ";
        var header = Request.Headers[HeaderNames.Authorization].ToString();
        if (header.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
        {
            return header[prefix.Length..].Trim();
        }

        return Request.IsLive() && Request.Query["access_token"].ToString() is { Length: > 0 } token ? token : null;
    }

    private static byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));

    [LoggerMessage(Level = LogLevel.Warning, Message = "A request with a wrong API token came from {Address}")]
    private static partial void LogWrongToken(ILogger logger, string? address);
}
