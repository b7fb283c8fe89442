using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using TaskConsole.Core.Hosts;
using TaskConsole.Core.Secrets;

namespace TaskConsole.Core.Persistence;

/// <summary>The hub's id and the join token, made at the first start.</summary>
internal sealed class InstallationIdentity(Store store, SecretVault vault, IOptions<AgentsOptions> options, TimeProvider time)
{
    private readonly Lock _asking = new();
    private Task<Installation>? _answer;

    public async Task<Guid> HubIdAsync(CancellationToken cancellationToken) => (await GetAsync(cancellationToken)).HubId;

    public async Task<string> JoinTokenAsync(CancellationToken cancellationToken) =>
        options.Value.JoinToken ?? vault.RevealJoinToken((await GetAsync(cancellationToken)).JoinToken);

    /// <summary>One question for all who ask at the same time: after a restart ten thousand agents do. Asked again when it failed.</summary>
    private Task<Installation> GetAsync(CancellationToken cancellationToken)
    {
        lock (_asking)
        {
            _answer = _answer is null or { IsCompleted: true, IsCompletedSuccessfully: false } ? Task.Run(ReadOrMakeAsync, CancellationToken.None) : _answer;
            return _answer.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Not canceled by who asked first: others wait for the same answer.</summary>
    private Task<Installation> ReadOrMakeAsync() => store.WriteAsync(
        async (unit, token) =>
        {
            var installation = await unit.Context.Installations.AsNoTracking().SingleOrDefaultAsync(token);
            if (installation is null)
            {
                installation = new Installation
                {
                    HubId = Guid.CreateVersion7(time.GetUtcNow()),
                    JoinToken = vault.ProtectJoinToken(Convert.ToBase64String(RandomNumberGenerator.GetBytes(24)).Replace('+', '-').Replace('/', '_')),
                    CreatedAt = time.GetUtcNow(),
                };
                unit.Context.Add(installation);
                await unit.Context.SaveChangesAsync(token);
            }

            return installation;
        },
        CancellationToken.None);
}
