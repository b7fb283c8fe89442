using Microsoft.EntityFrameworkCore;
using TaskConsole.Core.Hosts.Selectors;
using TaskConsole.Core.Persistence;
using TaskConsole.Core.Problems;
using TaskConsole.Core.Tasks.Composing;

namespace TaskConsole.Core.Hosts;

/// <summary>Resolves targets to hosts: approved, not draining, ordered by name as bytes.</summary>
internal static class TargetResolver
{
    /// <summary>The hosts that a valid target hits now; none is a problem, so is a named host that is unknown or may not run anything.</summary>
    public static async Task<Answer<IReadOnlyList<Target>>> ResolveAsync(TaskConsoleContext context, TargetSpec targets, CancellationToken cancellationToken)
    {
        if (targets.HostIds is { } ids)
        {
            return await NamedAsync(context, [.. ids.Distinct()], cancellationToken);
        }

        if (!TryParse(targets.Selector, out var selector, out var error))
        {
            return new Problem.Invalid("targets.selector", error!);
        }

        var hits = await MatchAsync(context, selector, cancellationToken);
        if (hits.Count == 0)
        {
            return selector is null
                ? new Problem.Invalid("targets.all", HostProblemCode.TargetsNone)
                : new Problem.Invalid("targets.selector", HostProblemCode.SelectorHitsNone, ("selector", selector.ToString()));
        }

        return Ordered(hits.Select(hit => (hit.Id, hit.Name)));
    }

    /// <summary>Approved hosts that are not draining and match; null: all of them.</summary>
    public static async Task<IReadOnlyList<Hit>> MatchAsync(TaskConsoleContext context, HostSelector? selector, CancellationToken cancellationToken)
    {
        var hosts = context.Hosts.AsNoTracking().Where(host => host.Admission == Admission.Approved && !host.Draining);
        if (selector is null)
        {
            return await hosts.Select(host => new Hit(host.Id, host.Name, host.Connected)).ToListAsync(cancellationToken);
        }

        // With ten thousand hosts, columns that the selector does not ask for cost more to read than all others.
        var (withLabels, withFacts) = (selector.AsksForLabels, selector.AsksForFacts);
        var asked = hosts.Select(host => new { host.Id, host.Name, host.Connected, Labels = withLabels ? host.Labels : null, Facts = withFacts ? host.Facts : null });
        var hits = new List<Hit>();
        await foreach (var host in asked.AsAsyncEnumerable().WithCancellation(cancellationToken))
        {
            if (selector.Matches(host.Name, Json.ReadMap(host.Labels), Json.ReadMap(host.Facts)))
            {
                hits.Add(new Hit(host.Id, host.Name, host.Connected));
            }
        }

        return hits;
    }

    /// <summary>Parses a selector; null or empty: every host.</summary>
    public static bool TryParse(string? text, out HostSelector? selector, out CodedMessage? error)
    {
        selector = null;
        error = null;
        return string.IsNullOrWhiteSpace(text) || HostSelector.TryParse(text, out selector, out error);
    }

    private static async Task<Answer<IReadOnlyList<Target>>> NamedAsync(TaskConsoleContext context, IReadOnlyList<Guid> ids, CancellationToken cancellationToken)
    {
        var known = new Dictionary<Guid, Host>();
        foreach (var part in ids.Chunk(1_000))
        {
            foreach (var host in await context.Hosts.AsNoTracking().Where(host => part.Contains(host.Id)).ToListAsync(cancellationToken))
            {
                known.Add(host.Id, host);
            }
        }

        var errors = new List<CodedMessage>();
        foreach (var id in ids)
        {
            if (!known.TryGetValue(id, out var host))
            {
                errors.Add(CodedMessage.Of(HostProblemCode.NotFound, ("id", id)));
            }
            else if (host.Admission != Admission.Approved)
            {
                errors.Add(CodedMessage.Of(HostProblemCode.NotApproved, ("host", host.Name)));
            }
            else if (host.Draining)
            {
                errors.Add(CodedMessage.Of(HostProblemCode.Draining, ("host", host.Name)));
            }

            if (errors.Count == 10)
            {
                break;
            }
        }

        return errors.Count > 0
            ? new Problem.Invalid(new Dictionary<string, IReadOnlyList<CodedMessage>>(StringComparer.Ordinal) { ["targets.hostIds"] = errors })
            : Ordered(known.Values.Select(host => (host.Id, host.Name)));
    }

    private static Answer<IReadOnlyList<Target>> Ordered(IEnumerable<(Guid Id, string Name)> hosts) =>
        hosts.OrderBy(host => host.Name, StringComparer.Ordinal).Select(host => new Target(host.Id, host.Name, 0)).ToList();

    /// <summary>A host that a selector hits.</summary>
    public sealed record Hit(Guid Id, string Name, bool Connected);
}
