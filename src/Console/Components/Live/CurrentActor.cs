using Microsoft.AspNetCore.Components.Authorization;
using TaskConsole.Core.Access;

namespace TaskConsole.Console.Components.Live;

/// <summary>Who is signed in, as Core knows actors. The one place where pages turn a principal into an <see cref="Actor"/>.</summary>
internal sealed class CurrentActor(AuthenticationStateProvider authentication)
{
    public async ValueTask<Actor> GetAsync()
    {
        var state = await authentication.GetAuthenticationStateAsync();
        var name = state.User.Identity?.Name;
        return new Actor(ActorKind.Person, string.IsNullOrEmpty(name) ? throw new InvalidOperationException("Nobody is signed in.") : name);
    }
}
