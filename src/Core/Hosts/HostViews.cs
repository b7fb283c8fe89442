using Microsoft.EntityFrameworkCore;
using TaskConsole.Core.Hosts.Selectors;
using TaskConsole.Core.Persistence;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Core.Hosts;

/// <summary>Rows to views, with what the store does not hold: load and last sight of the agents that are connected here.</summary>
internal sealed class HostViews(HostPresence presence)
{
    public async Task<PageOf<HostView>> ListAsync(TaskConsoleContext context, HostFilter filter, HostSelector? selector, PageRequest page, CancellationToken cancellationToken)
    {
        var hosts = context.Hosts.AsNoTracking();
        if (filter.Status is { } status)
        {
            hosts = status switch
            {
                HostStatus.Pending => hosts.Where(host => host.Admission == Admission.Pending),
                HostStatus.Rejected => hosts.Where(host => host.Admission == Admission.Rejected),
                HostStatus.Duplicate => hosts.Where(host => host.Admission == Admission.Approved && host.DuplicateSince != null),
                HostStatus.Draining => hosts.Where(host => host.Admission == Admission.Approved && host.DuplicateSince == null && host.Draining),
                HostStatus.Online => hosts.Where(host => host.Admission == Admission.Approved && host.DuplicateSince == null && !host.Draining && host.Connected),
                _ => hosts.Where(host => host.Admission == Admission.Approved && host.DuplicateSince == null && !host.Draining && !host.Connected),
            };
        }

        if (filter.Asking)
        {
            hosts = hosts.Where(host => context.HostKeys.Any(key => key.HostId == host.Id && key.Status == HostKeyStatus.Pending));
        }

        if (!string.IsNullOrWhiteSpace(filter.Search))
        {
            // Trimmed and in lower case, as names are.
#pragma warning disable CA1308
            var part = filter.Search.Trim().ToLowerInvariant();
#pragma warning restore CA1308
            hosts = hosts.Where(host => host.Name.Contains(part));
        }

        if (selector is null)
        {
            var total = await hosts.CountAsync(cancellationToken);
            var rows = await hosts.OrderBy(host => host.Name).Skip(page.Skip).Take(page.Size).ToListAsync(cancellationToken);
            return new PageOf<HostView>(await ViewsAsync(context, rows, cancellationToken), total, page.Number, page.Size);
        }

        var hits = (await hosts.OrderBy(host => host.Name).ToListAsync(cancellationToken))
            .Where(host => selector.Matches(host.Name, Json.ReadMap(host.Labels), Json.ReadMap(host.Facts)))
            .ToList();
        var items = await ViewsAsync(context, [.. hits.Skip(page.Skip).Take(page.Size)], cancellationToken);
        return new PageOf<HostView>(items, hits.Count, page.Number, page.Size);
    }

    public async Task<HostView> ViewAsync(TaskConsoleContext context, Host host, CancellationToken cancellationToken) =>
        (await ViewsAsync(context, [host], cancellationToken))[0];

    public static async Task<FleetCounts> CountAsync(TaskConsoleContext context, CancellationToken cancellationToken)
    {
        var groups = await context.Hosts
            .GroupBy(host => new { host.Admission, IsDuplicate = host.DuplicateSince != null, host.Draining, host.Connected })
            .Select(group => new { group.Key, Count = group.Count() })
            .ToListAsync(cancellationToken);
        int Of(HostStatus status) => groups.Where(group => Status(group.Key.Admission, group.Key.IsDuplicate, group.Key.Draining, group.Key.Connected) == status).Sum(group => group.Count);
        return new FleetCounts(
            groups.Sum(group => group.Count),
            Of(HostStatus.Online),
            Of(HostStatus.Offline),
            Of(HostStatus.Pending),
            Of(HostStatus.Rejected),
            Of(HostStatus.Draining),
            Of(HostStatus.Duplicate));
    }

    private async Task<IReadOnlyList<HostView>> ViewsAsync(TaskConsoleContext context, IReadOnlyList<Host> hosts, CancellationToken cancellationToken)
    {
        var ids = hosts.Select(host => host.Id).ToList();
        var running = await context.CommandHosts
            .Where(row => row.ActiveHostId != null && ids.Contains(row.ActiveHostId.Value)
                && (row.Status < CommandHostStatus.Succeeded || row.UnreachableSince == null || row.Reason == Reason.ServerDeadline))
            .GroupBy(row => row.ActiveHostId!.Value)
            .Select(group => new { HostId = group.Key, Count = group.Count() })
            .ToDictionaryAsync(group => group.HostId, group => group.Count, cancellationToken);
        var keys = (await context.HostKeys.AsNoTracking()
                .Where(key => (key.Status == HostKeyStatus.Pending || key.Status == HostKeyStatus.Active) && ids.Contains(key.HostId))
                .OrderBy(key => key.RequestedAt)
                .ToListAsync(cancellationToken))
            .ToLookup(key => key.HostId);
        return [.. hosts.Select(host => View(host, running.GetValueOrDefault(host.Id), keys[host.Id]))];
    }

    private HostView View(Host host, int running, IEnumerable<HostKey> keys)
    {
        var active = keys.FirstOrDefault(key => key.Status == HostKeyStatus.Active);
        var present = host.Connected ? presence.Find(host.Id) : null;
        return new HostView
        {
            Id = host.Id,
            Name = host.Name,
            Status = Status(host.Admission, host.DuplicateSince is not null, host.Draining, host.Connected),
            Labels = Json.ReadMap(host.Labels),
            Facts = Json.ReadMap(host.Facts),
            AgentVersion = host.AgentVersion,
            Os = host.Os,
            Arch = host.Arch,
            Ip = host.Ip,
            Load = present?.Load ?? (host.Load is null ? null : Json.Read<HostLoad>(host.Load)),
            RunningCount = running,
            ConnectedAt = host.ConnectedAt,
            LastSeenAt = present?.LastSeen ?? host.LastSeenAt,
            Fingerprint = active is null ? null : Convert.ToHexStringLower(active.Fingerprint),
            PendingKeys =
            [
                .. keys.Where(key => key.Status == HostKeyStatus.Pending).Select(key => new PendingKeyView(
                    Convert.ToHexStringLower(key.Fingerprint),
                    key.Address,
                    key.RequestedAt,
                    Json.ReadMap(key.Labels),
                    IsReplacement: active is not null)),
            ],
            Duplicate = host.DuplicateSince is { } since ? new DuplicateView(since, [host.DuplicateAddress ?? "", host.DuplicateOtherAddress ?? ""]) : null,
        };
    }

    private static HostStatus Status(Admission admission, bool isDuplicate, bool draining, bool connected) => (admission, isDuplicate, draining, connected) switch
    {
        (Admission.Pending, _, _, _) => HostStatus.Pending,
        (Admission.Rejected, _, _, _) => HostStatus.Rejected,
        (_, true, _, _) => HostStatus.Duplicate,
        (_, _, true, _) => HostStatus.Draining,
        (_, _, _, true) => HostStatus.Online,
        _ => HostStatus.Offline,
    };
}
