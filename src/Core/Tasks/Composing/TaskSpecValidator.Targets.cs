using TaskConsole.Core.Hosts.Selectors;

namespace TaskConsole.Core.Tasks.Composing;

public static partial class TaskSpecValidator
{
    private static void CheckTargets(TargetSpec? targets, SpecErrors errors)
    {
        var named = targets is null
            ? 0
            : (targets.HostIds is null ? 0 : 1) + (targets.Selector is null ? 0 : 1) + (targets.All is null ? 0 : 1);
        if (named != 1)
        {
            errors.Add("targets", "Exactly one of hostIds, selector and all: true is needed.");
            return;
        }

        if (targets!.HostIds is { } hostIds)
        {
            CheckHostIds(hostIds, errors);
        }
        else if (targets.Selector is { } selector)
        {
            CheckSelector(selector, errors);
        }
        else if (targets.All != true)
        {
            errors.Add("targets.all", "Only true is allowed; leave it out to name hosts by hostIds or selector.");
        }
    }

    private static void CheckHostIds(IReadOnlyList<Guid> hostIds, SpecErrors errors)
    {
        if (hostIds.Count is 0 or > MaxHostIds)
        {
            errors.Add("targets.hostIds", $"1 to {MaxHostIds} host ids are needed, these are {hostIds.Count}.");
            return;
        }

        for (var index = 0; index < hostIds.Count; index++)
        {
            if (hostIds[index] == Guid.Empty)
            {
                errors.Add($"targets.hostIds[{index}]", "The id of a host is needed.");
                return;
            }
        }
    }

    private static void CheckSelector(string selector, SpecErrors errors)
    {
        if (string.IsNullOrWhiteSpace(selector))
        {
            errors.Add("targets.selector", "A selector such as env=prod,name~=web-* is needed; for every host use all: true.");
        }
        else if (!HostSelector.TryParse(selector, out _, out var error))
        {
            errors.Add("targets.selector", error);
        }
    }
}
