using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using TaskConsole.Core.Acts;
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

    private readonly ActDoor _acts;
    private readonly HostViews _views;
    private readonly InstallationIdentity _installation;
    private readonly IAgentGateway _gateway;
    private readonly DispatchSignal _dispatch;
    private readonly ILogger<HostService> _logger;

    internal HostService(ActDoor acts, HostViews views, InstallationIdentity installation, IAgentGateway gateway, DispatchSignal dispatch, ILogger<HostService> logger)
    {
        _acts = acts;
        _views = views;
        _installation = installation;
        _gateway = gateway;
        _dispatch = dispatch;
        _logger = logger;
    }

    /// <summary>Hosts by name.</summary>
    public Task<Answer<PageOf<HostView>>> ListAsync(HostFilter filter, PageRequest page, Actor actor, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(filter);
        return _acts.ReadAsync<PageOf<HostView>>(
            Act.ReadHosts,
            actor,
            async context =>
            {
                if (page.Check() is { } outOfRange)
                {
                    return outOfRange;
                }

                if (!TargetResolver.TryParse(filter.Selector, out var selector, out var error))
                {
                    return new Problem.Invalid("selector", error!);
                }

                return await _views.ListAsync(context, filter, selector, page, cancellationToken);
            });
    }

    public Task<Answer<HostView>> GetAsync(Guid hostId, Actor actor, CancellationToken cancellationToken) => _acts.ReadAsync<HostView>(
        Act.ReadHosts,
        actor,
        context => ViewAsync(context, hostId, cancellationToken));

    /// <summary>What a selector hits now; null: every approved host that is not draining.</summary>
    public Task<Answer<HostPreview>> PreviewAsync(string? selector, Actor actor, CancellationToken cancellationToken) => _acts.ReadAsync<HostPreview>(
        Act.ReadHosts,
        actor,
        async context =>
        {
            if (!TargetResolver.TryParse(selector, out var parsed, out var error))
            {
                return new Problem.Invalid("selector", error!);
            }

            var hits = await TargetResolver.MatchAsync(context, parsed, cancellationToken);
            var online = hits.Count(hit => hit.Connected);
            return new HostPreview(hits.Count, online, hits.Count - online, [.. hits.Select(hit => hit.Name).Order(StringComparer.Ordinal).Take(PreviewNames)]);
        });

    /// <summary>How many hosts there are, by status.</summary>
    public Task<Answer<FleetCounts>> CountAsync(Actor actor, CancellationToken cancellationToken) => _acts.ReadAsync<FleetCounts>(
        Act.ReadHosts,
        actor,
        async context => await HostViews.CountAsync(context, cancellationToken));

    /// <summary>The token by which agents ask to join: the setting, or the one made at first start. Reading it is audited.</summary>
    public async Task<Answer<string>> ReadJoinTokenAsync(Actor actor, CancellationToken cancellationToken)
    {
        var answer = await _acts.RunAsync(
            Act.ReadJoinToken,
            actor,
            checkShape: null,
            async (act, token) => await act.EnterAsync(ActSubject.Installation, token) is { } outside ? outside : new Answer<bool>(true),
            cancellationToken);
        return answer.Problem is { } problem ? problem : await _installation.JoinTokenAsync(cancellationToken);
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
        byte[]? wanted = null;
        var answer = await ChangeAsync(Act.ApproveHost, hostId, actor, ApproveAsync, cancellationToken, () => KeyChoice.TryRead(fingerprint, out wanted, out var error) ? null : error);
        if (answer.Problem is null)
        {
            _gateway.Disconnect(hostId);
        }

        return answer;

        async Task<Problem?> ApproveAsync(ActInProgress act, Host host, CancellationToken token)
        {
            var keys = await act.Unit.Context.HostKeys.Where(key => key.HostId == hostId).ToListAsync(token);
            if (!KeyChoice.ToApprove(host, keys, wanted, act.Now).TryGet(out var chosen, out var problem))
            {
                return problem;
            }

            if (host.Admission != Admission.Approved)
            {
                NoteLabels(act, host.Labels, chosen.Labels);
                host.Labels = chosen.Labels;
            }

            var active = keys.Where(key => key.Status == HostKeyStatus.Active).ToList();
            if (host.DuplicateSince is not null || (chosen.Status == HostKeyStatus.Pending && active.Count > 0))
            {
                // What was sent to the other agent may run there: a hello with a copy of its journal must not have it sent again.
                host.DoubtedBefore = act.Now;
                host.JournalId = [];
            }

            act.Note("approvedFingerprint", null, Convert.ToHexStringLower(chosen.Fingerprint));
            act.Note("duplicate", host.DuplicateSince is not null, false);
            if (chosen.Status == HostKeyStatus.Pending)
            {
                act.Note("revokedFingerprints", null, active.Count == 0 ? null : active.ConvertAll(key => Convert.ToHexStringLower(key.Fingerprint)));
                active.ForEach(key => key.Decide(HostKeyStatus.Revoked, actor, act.Now));
                chosen.Decide(HostKeyStatus.Active, actor, act.Now);
            }

            (host.DuplicateSince, host.DuplicateAddress, host.DuplicateOtherAddress) = (null, null, null);

            // The epoch and the place that earlier agents stored say nothing of the agent that stays.
            host.ConfirmedEpoch = 0;
            host.PlaceId = null;
            act.Note("admission", host.Admission, Admission.Approved);
            host.Admission = Admission.Approved;
            return null;
        }
    }

    /// <summary>Rejects a key of a host that waits.</summary>
    /// <param name="hostId">Which host.</param>
    /// <param name="fingerprint">SHA-256 of the key in hex. May be null where one key waits; otherwise null is <see cref="Problem.Invalid"/> with the code <c>host.key.ambiguous</c>.</param>
    /// <param name="actor">Who.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task<Answer<HostView>> RejectAsync(Guid hostId, string? fingerprint, Actor actor, CancellationToken cancellationToken)
    {
        byte[]? wanted = null;
        return ChangeAsync(Act.RejectHost, hostId, actor, RejectAsync, cancellationToken, () => KeyChoice.TryRead(fingerprint, out wanted, out var error) ? null : error);

        async Task<Problem?> RejectAsync(ActInProgress act, Host host, CancellationToken token)
        {
            var pending = await act.Unit.Context.HostKeys.Where(key => key.HostId == hostId && key.Status == HostKeyStatus.Pending).ToListAsync(token);
            if (!KeyChoice.ToReject(host, pending, wanted).TryGet(out var chosen, out var problem))
            {
                return problem;
            }

            var admission = host.Admission == Admission.Pending && pending.Count == 1 ? Admission.Rejected : host.Admission;
            act.Note("rejectedFingerprint", null, Convert.ToHexStringLower(chosen.Fingerprint));
            act.Note("admission", host.Admission, admission);
            chosen.Decide(HostKeyStatus.Rejected, actor, act.Now);
            host.Admission = admission;
            return null;
        }
    }

    /// <summary>Gives a host nothing new; what runs goes on.</summary>
    public Task<Answer<HostView>> SetDrainingAsync(Guid hostId, bool draining, Actor actor, CancellationToken cancellationToken) =>
        ChangeAsync(
            draining ? Act.DrainHost : Act.UndrainHost,
            hostId,
            actor,
            (act, host, _) =>
            {
                if (host.Admission != Admission.Approved)
                {
                    return Task.FromResult<Problem?>(new Problem.WrongState(HostProblemCode.NotApproved, ("host", host.Name)));
                }

                act.Note("draining", host.Draining, draining);
                host.Draining = draining;
                return Task.FromResult<Problem?>(null);
            },
            cancellationToken);

    /// <summary>Replaces the labels of a host.</summary>
    public Task<Answer<HostView>> SetLabelsAsync(Guid hostId, IReadOnlyDictionary<string, string> labels, Actor actor, CancellationToken cancellationToken) =>
        ChangeAsync(
            Act.LabelHost,
            hostId,
            actor,
            (act, host, _) =>
            {
                var text = Json.Write(labels);
                NoteLabels(act, host.Labels, text);
                host.Labels = text;
                return Task.FromResult<Problem?>(null);
            },
            cancellationToken,
            () => LabelRules.Check(labels) is { } error ? new Problem.Invalid("labels", error) : null);

    /// <summary>Deletes a host and refuses its keys from then on; <see cref="Problem.WrongState"/> while something runs there.</summary>
    public async Task<Answer<bool>> DeleteAsync(Guid hostId, Actor actor, CancellationToken cancellationToken)
    {
        var answer = await ChangeAsync(Act.DeleteHost, hostId, actor, DeleteAsync, cancellationToken);
        if (answer.Problem is { } problem)
        {
            return problem;
        }

        _gateway.Disconnect(hostId);
        return true;

        async Task<Problem?> DeleteAsync(ActInProgress act, Host host, CancellationToken token)
        {
            // Executions that were given up do not bind a host whose agent is gone for good.
            var unit = act.Unit;
            if (await unit.Dialect.ActiveOn(unit.Context, [hostId]).AnyAsync(row => host.Connected || row.Status < CommandHostStatus.Succeeded, token))
            {
                return new Problem.WrongState(HostProblemCode.Busy, ("host", host.Name));
            }

            var keys = await unit.Context.HostKeys.Where(key => key.HostId == hostId).ToListAsync(token);
            keys.ForEach(key => key.Decide(HostKeyStatus.Revoked, actor, act.Now));
            act.Note("admission", host.Admission, null);
            NoteLabels(act, host.Labels, null);
            unit.Context.Remove(host);
            return null;
        }
    }

    private static void NoteLabels(ActInProgress act, string before, string? after) =>
        act.Note("labels", Json.ReadMap(before), after is null ? null : Json.ReadMap(after));

    /// <summary>An act on one host, which it locks.</summary>
    private async Task<Answer<HostView>> ChangeAsync(
        Act act,
        Guid hostId,
        Actor actor,
        Func<ActInProgress, Host, CancellationToken, Task<Problem?>> change,
        CancellationToken cancellationToken,
        Func<Problem?>? checkShape = null)
    {
        var answer = await _acts.RunAsync(
            act,
            actor,
            checkShape,
            async (doing, token) =>
            {
                var unit = doing.Unit;
                var host = (await unit.Dialect.LockHosts(unit.Context, [hostId]).ToListAsync(token)).SingleOrDefault();
                if (host is null)
                {
                    return NotFound(hostId);
                }

                var subject = new ActSubject(SubjectKind.Host, hostId, host.Name, _ => Task.FromResult<IReadOnlyCollection<Guid>>([hostId]));
                if ((await doing.EnterAsync(subject, token) ?? await change(doing, host, token)) is { } problem)
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
            LogDone(_logger, act.Code, view.Name, hostId, actor.Name);
        }

        return answer;
    }

    private async Task<Answer<HostView>> ViewAsync(TaskConsoleContext context, Guid hostId, CancellationToken cancellationToken) =>
        await context.Hosts.AsNoTracking().SingleOrDefaultAsync(host => host.Id == hostId, cancellationToken) is { } host
            ? await _views.ViewAsync(context, host, cancellationToken)
            : NotFound(hostId);

    private static Answer<HostView> NotFound(Guid hostId) => new Problem.NotFound(HostProblemCode.NotFound, ("id", hostId));

    [LoggerMessage(1, LogLevel.Information, "{Act}: host {Name} ({HostId}) by {Actor}")]
    private static partial void LogDone(ILogger logger, string act, string name, Guid hostId, string actor);
}
