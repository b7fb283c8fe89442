using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using TaskConsole.Core.Acts;
using TaskConsole.Core.Events;
using TaskConsole.Core.Persistence;

namespace TaskConsole.Core.Hosts;

/// <summary>Decides on keys that ask to join. A name belongs to the first key that asked for it; another key under it waits for an operator.</summary>
internal sealed partial class HostEnrolment(
    Store store,
    InstallationIdentity installation,
    IOptions<AgentsOptions> options,
    TimeProvider time,
    ILogger<HostEnrolment> logger)
{
    public async Task<EnrolmentAnswer> EnrolAsync(EnrolmentRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        var expected = SHA256.HashData(Encoding.UTF8.GetBytes(await installation.JoinTokenAsync(cancellationToken)));
        if (!CryptographicOperations.FixedTimeEquals(expected, SHA256.HashData(Encoding.UTF8.GetBytes(request.JoinToken))))
        {
            return new EnrolmentAnswer(EnrolmentDecision.WrongToken, null, "The join token is wrong; the Hosts page shows the one in force.");
        }

        if (Check(request) is { } error)
        {
            return new EnrolmentAnswer(EnrolmentDecision.Invalid, null, error);
        }

        var answer = await store.WriteAsync((unit, token) => DecideAsync(unit, request, token), cancellationToken);
        if (answer.Decision is EnrolmentDecision.Rejected or EnrolmentDecision.Invalid)
        {
            LogDecided(logger, request.Name, request.Address, answer.Decision, answer.Message);
        }

        return answer;
    }

    private async Task<EnrolmentAnswer> DecideAsync(WriteUnit unit, EnrolmentRequest request, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var fingerprint = SHA256.HashData(request.PublicKey);
        var host = await unit.Context.Hosts.SingleOrDefaultAsync(candidate => candidate.Name == request.Name, cancellationToken);
        var key = await unit.Context.HostKeys.SingleOrDefaultAsync(candidate => candidate.Fingerprint == fingerprint, cancellationToken);
        if (key is not null)
        {
            return Known(request, host, key);
        }

        if (host is null)
        {
            host = new Host
            {
                Id = Guid.CreateVersion7(now),
                Name = request.Name,
                Admission = options.Value.AutoApprove ? Admission.Approved : Admission.Pending,
                Labels = Json.Write(request.Labels),
                Facts = "{}",
                Ip = request.Address,
                CreatedAt = now,
            };
            HostFacts.Put(host, request.Facts);
            unit.Context.Add(host);
            key = NewKey(request, fingerprint, host.Id, now);
            if (options.Value.AutoApprove)
            {
                key.Decide(HostKeyStatus.Active, Actor.System, now);
            }
        }
        else
        {
            // Of two keys that ask at once, both must not find that no key waits.
            if ((await unit.Dialect.LockHosts(unit.Context, [host.Id]).ToListAsync(cancellationToken)).Count == 0)
            {
                // The host was dropped meanwhile: its agent asks again, and finds the name free.
                return new EnrolmentAnswer(EnrolmentDecision.Pending, null, "The key that asked before was dropped just now; ask again.");
            }

            var waiting = await unit.Context.HostKeys.Where(candidate => candidate.HostId == host.Id && candidate.Status == HostKeyStatus.Pending).ToListAsync(cancellationToken);
            var expired = waiting.Where(candidate => candidate.IsExpired(now)).ToList();
            if (waiting.Count - expired.Count >= HostKey.MaxPending)
            {
                return new EnrolmentAnswer(EnrolmentDecision.Rejected, null, $"{HostKey.MaxPending} other keys already wait for approval under the name '{request.Name}'.");
            }

            unit.Context.RemoveRange(expired);
            if (host.Admission != Admission.Approved)
            {
                // No key was let in under this name yet: the host shows what the key that asked last tells.
                host.Labels = Json.Write(request.Labels);
                host.Ip = request.Address;
                HostFacts.Put(host, request.Facts);
            }

            key = NewKey(request, fingerprint, host.Id, now);
        }

        unit.Context.Add(key);
        await unit.Context.SaveChangesAsync(cancellationToken);
        unit.AfterCommit(bus => bus.Publish(new FleetChange([host.Id], Everything: false)));
        var answer = key.Status == HostKeyStatus.Active
            ? new EnrolmentAnswer(EnrolmentDecision.Approved, host.Id, "Approved by the setting Agents:AutoApprove.")
            : new EnrolmentAnswer(EnrolmentDecision.Pending, null, "An operator has to approve this key on the Hosts page.");

        // One log line for each key: a key that waits asks again every few seconds.
        unit.AfterCommit(_ => LogDecided(logger, request.Name, request.Address, answer.Decision, answer.Message));
        return answer;
    }

    private static EnrolmentAnswer Known(EnrolmentRequest request, Host? host, HostKey key)
    {
        if (key.Status is HostKeyStatus.Revoked or HostKeyStatus.Rejected)
        {
            return new EnrolmentAnswer(EnrolmentDecision.Rejected, null, "This key was refused by an operator, or its host was deleted.");
        }

        if (host?.Id != key.HostId)
        {
            return new EnrolmentAnswer(EnrolmentDecision.Invalid, null, $"This key belongs to a host with another name than '{request.Name}'; a host keeps the name that it joined with.");
        }

        return key.Status == HostKeyStatus.Active
            ? new EnrolmentAnswer(EnrolmentDecision.Approved, host.Id, "Approved.")
            : new EnrolmentAnswer(EnrolmentDecision.Pending, null, "An operator has to approve this key on the Hosts page.");
    }

    private static HostKey NewKey(EnrolmentRequest request, byte[] fingerprint, Guid hostId, DateTimeOffset now) => new()
    {
        Fingerprint = fingerprint,
        HostId = hostId,
        PublicKey = request.PublicKey,
        Status = HostKeyStatus.Pending,
        RequestedAt = now,
        Address = request.Address,
        Labels = Json.Write(request.Labels),
    };

    private static string? Check(EnrolmentRequest request)
    {
        if (!HostName.IsAllowed(request.Name))
        {
            return HostName.Rule;
        }

        return request.PublicKey.Length is < 50 or > 200
            ? "The public key must be a SubjectPublicKeyInfo of ECDSA P-256."
            : LabelRules.CheckForAgent(request.Labels);
    }

    [LoggerMessage(LogLevel.Information, "A key asked to join as '{Name}' from {Address}: {Decision}. {Why}")]
    private static partial void LogDecided(ILogger logger, string name, string? address, EnrolmentDecision decision, string why);
}
