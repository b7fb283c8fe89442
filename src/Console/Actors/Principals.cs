using System.Security.Claims;
using TaskConsole.Core.Access;

namespace TaskConsole.Console.Actors;

/// <summary>The way between ASP.NET Core's principal and Core's <see cref="Actor"/>.</summary>
public static class Principals
{
    private const string KindClaim = "taskconsole:kind";

    /// <summary>Who acts.</summary>
    /// <exception cref="InvalidOperationException">Nobody is signed in: the endpoint or page lacks its authorisation.</exception>
    public static Actor ToActor(this ClaimsPrincipal principal)
    {
        ArgumentNullException.ThrowIfNull(principal);
        return principal.Identity is { IsAuthenticated: true, Name: { Length: > 0 } name }
            && Enum.TryParse<ActorKind>(principal.FindFirstValue(KindClaim), out var kind)
                ? new Actor(kind, name)
                : throw new InvalidOperationException("Nobody is signed in.");
    }

    /// <summary>A signed-in principal for an actor.</summary>
    internal static ClaimsPrincipal ToPrincipal(this Actor actor, string scheme) =>
        new(new ClaimsIdentity([new Claim(ClaimTypes.Name, actor.Name), new Claim(KindClaim, actor.Kind.ToString())], scheme));
}
