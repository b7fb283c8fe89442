using System.Security.Claims;
using TaskConsole.Core.Acts;

namespace TaskConsole.Console.Actors;

/// <summary>The way between ASP.NET Core's principal and Core's <see cref="Actor"/>.</summary>
public static class Principals
{
    private const string KindClaim = "taskconsole:kind";
    private const string AddressClaim = "taskconsole:address";

    /// <summary>Who acts.</summary>
    /// <exception cref="InvalidOperationException">Nobody is signed in: the endpoint or page lacks its authorisation.</exception>
    public static Actor ToActor(this ClaimsPrincipal principal) => principal.FindActor() ?? throw new InvalidOperationException("Nobody is signed in.");

    /// <summary>Who acts; null: nobody is signed in, or the principal was made by a version that said less of an actor.</summary>
    public static Actor? FindActor(this ClaimsPrincipal principal)
    {
        ArgumentNullException.ThrowIfNull(principal);
        return principal.Identity is { IsAuthenticated: true, Name: { Length: > 0 } name }
            && Enum.TryParse<ActorKind>(principal.FindFirstValue(KindClaim), out var kind)
            && Guid.TryParse(principal.FindFirstValue(ClaimTypes.NameIdentifier), out var id)
                ? new Actor(kind, id, name) { Address = principal.FindFirstValue(AddressClaim) }
                : null;
    }

    /// <summary>What a principal says of an actor.</summary>
    public static IReadOnlyList<Claim> ToClaims(this Actor actor)
    {
        ArgumentNullException.ThrowIfNull(actor);
        return
        [
            new Claim(ClaimTypes.Name, actor.Name),
            new Claim(ClaimTypes.NameIdentifier, actor.Id.ToString()),
            new Claim(KindClaim, actor.Kind.ToString()),
        ];
    }

    /// <summary>The same principal, and where the request came from.</summary>
    internal static ClaimsPrincipal From(this ClaimsPrincipal principal, string address)
    {
        var from = principal.Clone();
        from.AddIdentity(new ClaimsIdentity([new Claim(AddressClaim, address)]));
        return from;
    }

    /// <summary>Whether it says where the request came from.</summary>
    internal static bool HasAddress(this ClaimsPrincipal principal) => principal.HasClaim(claim => claim.Type == AddressClaim);
}
