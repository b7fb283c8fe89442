using Microsoft.AspNetCore.Components.Authorization;
using TaskConsole.Console.Actors;
using TaskConsole.Core.Acts;

namespace TaskConsole.Console.Components.Live;

/// <summary>Who is signed in, as Core knows actors.</summary>
internal sealed class CurrentActor(AuthenticationStateProvider authentication)
{
    public async ValueTask<Actor> GetAsync() => (await authentication.GetAuthenticationStateAsync()).User.ToActor();
}
