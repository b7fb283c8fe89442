using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;

namespace TaskConsole.Console.Actors;

/// <summary>Adds to each signed-in principal the network address of its request, which the audit keeps.</summary>
internal sealed class ActorAddress(IHttpContextAccessor requests) : IClaimsTransformation
{
    public Task<ClaimsPrincipal> TransformAsync(ClaimsPrincipal principal) =>
        Task.FromResult(requests.HttpContext?.Connection.RemoteIpAddress is { } address && !principal.HasAddress() ? principal.From(address.ToString()) : principal);
}
