using System.Security.Claims;
using TaskConsole.Core.Acts;
using TaskConsole.Core.Hosts;

namespace TaskConsole.Console.Actors;

/// <summary>Makes the principals of those who may come in, with their ids in this installation.</summary>
internal sealed class SignedInActors(HostSessions installation)
{
    /// <summary>A signed-in principal.</summary>
    /// <param name="kind">Person or token.</param>
    /// <param name="name">Of the account or token.</param>
    /// <param name="scheme">By which it was authenticated.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<ClaimsPrincipal> SignInAsync(ActorKind kind, string name, string scheme, CancellationToken cancellationToken)
    {
        var id = ActorIds.Of(await installation.HubIdAsync(cancellationToken), kind, name);
        return new ClaimsPrincipal(new ClaimsIdentity(new Actor(kind, id, name).ToClaims(), scheme));
    }
}
