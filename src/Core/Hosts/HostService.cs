using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using TaskConsole.Core.Access;
using TaskConsole.Core.Dispatch;
using TaskConsole.Core.Events;
using TaskConsole.Core.Persistence;
using TaskConsole.Core.Problems;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Core.Hosts;

/// <summary>Reads and changes hosts on a person's word.</summary>
public sealed partial class HostService
{
    private const int PreviewNames = 50;

    private readonly Store _store;
    private readonly HostViews _views;
    private readonly IAgentGateway _gateway;
    private readonly DispatchSignal _dispatch;
    private readonly AccessPolicy _access;
    private readonly TimeProvider _time;
    private readonly ILogger<HostService> _logger;

    internal HostService(Store store, HostViews views, IAgentGateway gateway, DispatchSignal dispatch, AccessPolicy access, TimeProvider time, ILogger<HostService> logger)
    {
        _store = store;
        _views = views;
        _gateway = gateway;
        _dispatch = dispatch;
        _access = access;
        _time = time;
        _logger = logger;
    }

    /// <summary>Hosts by name.</summary>
    public async Task<Answer<PageOf<HostView>>> ListAsync(HostFilter filter, PageRequest page, Actor actor, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(filter);
        if (_access.Check(actor, Act.ReadHosts) is { } forbidden)
        {
            return forbidden;
        }

        if (page.Check() is { } outOfRange)
        {
            return outOfRange;
        }

        if (!TargetResolver.TryParse(filter.Selector, out var selector, out var error))
        {
            return new Problem.Invalid("selector", error!);
        }

        var context = _store.Read();
        await using (context)
        {
            return await _views.ListAsync(context, filter, selector, page, cancellationToken);
        }
    }

    public async Task<Answer<HostView>> GetAsync(Guid hostId, Actor actor, CancellationToken cancellationToken)
    {
        if (_access.Check(actor, Act.ReadHosts) is { } forbidden)
        {
            return forbidden;
        }

        var context = _store.Read();
        await using (context)
        {
            return await ViewAsync(context, hostId, cancellationToken);
        }
    }

    /// <summary>What a selector hits now; null: every approved host that is not draining.</summary>
    public async Task<Answer<HostPreview>> PreviewAsync(string? selector, Actor actor, CancellationToken cancellationToken)
    {
        if (_access.Check(actor, Act.ReadHosts) is { } forbidden)
        {
            return forbidden;
        }

        if (!TargetResolver.TryParse(selector, out var parsed, out var error))
        {
            return new Problem.Invalid("selector", error!);
        }

        var context = _store.Read();
        await using (context)
        {
            var hits = await TargetResolver.MatchAsync(context, parsed, cancellationToken);
            var online = hits.Count(hit => hit.Connected);
            return new HostPreview(hits.Count, online, hits.Count - online, [.. hits.Select(hit => hit.Name).Order(StringComparer.Ordinal).Take(PreviewNames)]);
        }
    }

    /// <summary>How many hosts there are, by status.</summary>
    public async Task<Answer<FleetCounts>> CountAsync(Actor actor, CancellationToken cancellationToken)
    {
        if (_access.Check(actor, Act.ReadHosts) is { } forbidden)
        {
            return forbidden;
        }

        var context = _store.Read();
        await using (context)
        {
            return await HostViews.CountAsync(context, cancellationToken);
        }
    }

    /// <summary>
    /// Approves a key that waits: the first of its host, or a replacement, which revokes the key before it. Of a host with
    /// two agents also the key in force, for the one that stays when the other is gone: the host is served again.
    /// </summary>
    /// <param name="hostId">Which host.</param>
    /// <param name="fingerprint">
    /// SHA-256 of the key in hex. May be null for the only key of a host that has none in force; otherwise null is
    /// <see cref="Problem.Invalid"/> with the code <c>host.key.ambiguous</c>.
    /// </param>
    /// <param name="actor">Who.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<Answer<HostView>> ApproveAsync(Guid hostId, string? fingerprint, Actor actor, CancellationToken cancellationToken)
    {
        if (!KeyChoice.TryRead(fingerprint, out var wanted, out var error))
        {
            return error;
        }

        var answer = await ChangeAsync(hostId, actor, "approved", ApproveAsync, cancellationToken);
        if (answer.Problem is null)
        {
            _gateway.Disconnect(hostId);
        }

        return answer;

        async Task<Problem?> ApproveAsync(WriteUnit unit, Host host, CancellationToken token)
        {
            var keys = await unit.Context.HostKeys.Where(key => key.HostId == hostId).ToListAsync(token);
            if (!KeyChoice.ToApprove(host, keys, wanted, _time.GetUtcNow()).TryGet(out var chosen, out var problem))
            {
                return problem;
            }

            if (host.Admission != Admission.Approved)
            {
                host.Labels = chosen.Labels;
            }

            if (host.DuplicateSince is not null || (chosen.Status == HostKeyStatus.Pending && keys.Any(key => key.Status == HostKeyStatus.Active)))
            {
                // What was sent to the other agent may run there: a hello with a copy of its journal must not have it sent again.
                host.DoubtedBefore = _time.GetUtcNow();
                host.JournalId = [];
            }

            if (chosen.Status == HostKeyStatus.Pending)
            {
                foreach (var key in keys.Where(key => key.Status == HostKeyStatus.Active))
                {
                    (key.Status, key.DecidedAt, key.DecidedBy) = (HostKeyStatus.Revoked, _time.GetUtcNow(), actor.Name);
                }

                (chosen.Status, chosen.DecidedAt, chosen.DecidedBy) = (HostKeyStatus.Active, _time.GetUtcNow(), actor.Name);
            }

            (host.DuplicateSince, host.DuplicateAddress, host.DuplicateOtherAddress) = (null, null, null);
            // The epoch and the place that earlier agents stored say nothing of the agent that stays.
            host.ConfirmedEpoch = 0;
            host.PlaceId = null;
            host.Admission = Admission.Approved;
            return null;
        }
    }

    /// <summary>Rejects a key of a host that waits.</summary>
    /// <param name="hostId">Which host.</param>
    /// <param name="fingerprint">SHA-256 of the key in hex. May be null where one key waits; otherwise null is <see cref="Problem.Invalid"/> with the code <c>host.key.ambiguous</c>.</param>
    /// <param name="actor">Who.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<Answer<HostView>> RejectAsync(Guid hostId, string? fingerprint, Actor actor, CancellationToken cancellationToken)
    {
        return KeyChoice.TryRead(fingerprint, out var wanted, out var error)
            ? await ChangeAsync(hostId, actor, "rejected", RejectAsync, cancellationToken)
            : error;

        async Task<Problem?> RejectAsync(WriteUnit unit, Host host, CancellationToken token)
        {
            var pending = await unit.Context.HostKeys.Where(key => key.HostId == hostId && key.Status == HostKeyStatus.Pending).ToListAsync(token);
            if (!KeyChoice.ToReject(host, pending, wanted).TryGet(out var chosen, out var problem))
            {
                return problem;
            }

            (chosen.Status, chosen.DecidedAt, chosen.DecidedBy) = (HostKeyStatus.Rejected, _time.GetUtcNow(), actor.Name);
            host.Admission = host.Admission == Admission.Pending && pending.Count == 1 ? Admission.Rejected : host.Admission;
            return null;
        }
    }

    /// <summary>Gives a host nothing new; what runs goes on.</summary>
    public Task<Answer<HostView>> SetDrainingAsync(Guid hostId, bool draining, Actor actor, CancellationToken cancellationToken) =>
        ChangeAsync(
            hostId,
            actor,
            draining ? "drained" : "undrained",
            (_, host, _) =>
            {
                if (host.Admission != Admission.Approved)
                {
                    return Task.FromResult<Problem?>(new Problem.WrongState(HostProblemCode.NotApproved, ("host", host.Name)));
                }

                host.Draining = draining;
                return Task.FromResult<Problem?>(null);
            },
            cancellationToken);

    /// <summary>Replaces the labels of a host.</summary>
    public async Task<Answer<HostView>> SetLabelsAsync(Guid hostId, IReadOnlyDictionary<string, string> labels, Actor actor, CancellationToken cancellationToken)
    {
        if (LabelRules.Check(labels) is { } error)
        {
            return new Problem.Invalid("labels", error);
        }

        return await ChangeAsync(
            hostId,
            actor,
            "labelled",
            (_, host, _) =>
            {
                host.Labels = Json.Write(labels);
                return Task.FromResult<Problem?>(null);
            },
            cancellationToken);
    }

    /// <summary>Deletes a host and refuses its keys from then on; <see cref="Problem.WrongState"/> while something runs there.</summary>
    public async Task<Answer<bool>> DeleteAsync(Guid hostId, Actor actor, CancellationToken cancellationToken)
    {
        var answer = await ChangeAsync(hostId, actor, "deleted", DeleteAsync, cancellationToken);
        if (answer.Problem is { } problem)
        {
            return problem;
        }

        _gateway.Disconnect(hostId);
        return true;

        async Task<Problem?> DeleteAsync(WriteUnit unit, Host host, CancellationToken token)
        {
            // Executions that were given up do not bind a host whose agent is gone for good.
            if (await unit.Dialect.ActiveOn(unit.Context, [hostId]).AnyAsync(row => host.Connected || row.Status < CommandHostStatus.Succeeded, token))
            {
                return new Problem.WrongState(HostProblemCode.Busy, ("host", host.Name));
            }

            foreach (var key in await unit.Context.HostKeys.Where(key => key.HostId == hostId).ToListAsync(token))
            {
                (key.Status, key.DecidedAt, key.DecidedBy) = (HostKeyStatus.Revoked, _time.GetUtcNow(), actor.Name);
            }

            unit.Context.Remove(host);
            return null;
        }
    }

    private async Task<Answer<HostView>> ChangeAsync(
        Guid hostId,
        Actor actor,
        string act,
        Func<WriteUnit, Host, CancellationToken, Task<Problem?>> change,
        CancellationToken cancellationToken)
    {
        if (_access.Check(actor, Act.ManageHosts) is { } forbidden)
        {
            return forbidden;
        }

        var answer = await _store.WriteAsync(
            async (unit, token) =>
            {
                var host = (await unit.Dialect.LockHosts(unit.Context, [hostId]).ToListAsync(token)).SingleOrDefault();
                if (host is null)
                {
                    return NotFound(hostId);
                }

                if (await change(unit, host, token) is { } problem)
                {
                    return problem;
                }

                await unit.Context.SaveChangesAsync(token);
                unit.AfterCommit(bus => bus.Publish(new FleetChange([hostId], Everything: false)));
                unit.AfterCommit(_ => _dispatch.Wake(DispatchCause.HostsCame));
                return new Answer<HostView>(await _views.ViewAsync(unit.Context, host, token));
            },
            cancellationToken);
        if (answer.TryGet(out var view, out _))
        {
            LogChanged(_logger, view.Name, hostId, act, actor.Name);
        }

        return answer;
    }

    private async Task<Answer<HostView>> ViewAsync(TaskConsoleContext context, Guid hostId, CancellationToken cancellationToken) =>
        await context.Hosts.AsNoTracking().SingleOrDefaultAsync(host => host.Id == hostId, cancellationToken) is { } host
            ? await _views.ViewAsync(context, host, cancellationToken)
            : NotFound(hostId);

    private static Answer<HostView> NotFound(Guid hostId) => new Problem.NotFound(HostProblemCode.NotFound, ("id", hostId));

    [LoggerMessage(LogLevel.Information, "Host {Name} ({HostId}) {Act} by {Actor}")]
    private static partial void LogChanged(ILogger logger, string name, Guid hostId, string act, string actor);
}
