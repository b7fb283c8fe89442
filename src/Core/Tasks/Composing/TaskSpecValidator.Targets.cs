using TaskConsole.Core.Hosts.Selectors;
using TaskConsole.Core.Problems;

namespace TaskConsole.Core.Tasks.Composing;

public static partial class TaskSpecValidator
{
    private static void CheckTargets(TargetSpec? targets, InputErrors errors)
    {
        var named = targets is null
            ? 0
            : (targets.HostIds is null ? 0 : 1) + (targets.Selector is null ? 0 : 1) + (targets.All is null ? 0 : 1);
        if (named != 1)
        {
            errors.Add("targets", HostProblemCode.TargetsChoice);
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
            errors.Add("targets.all", HostProblemCode.TargetsAll);
        }
    }

    private static void CheckHostIds(IReadOnlyList<Guid> hostIds, InputErrors errors)
    {
        if (hostIds.Count is 0 or > MaxHostIds)
        {
            errors.Add("targets.hostIds", HostProblemCode.TargetsIds, ("longest", MaxHostIds), ("ids", hostIds.Count));
            return;
        }

        for (var index = 0; index < hostIds.Count; index++)
        {
            if (hostIds[index] == Guid.Empty)
            {
                errors.Add($"targets.hostIds[{index}]", HostProblemCode.TargetsIdMissing);
                return;
            }
        }
    }

    private static void CheckSelector(string selector, InputErrors errors)
    {
        if (string.IsNullOrWhiteSpace(selector))
        {
            errors.Add("targets.selector", HostProblemCode.SelectorMissing);
        }
        else if (!HostSelector.TryParse(selector, out _, out var error))
        {
            errors.Add("targets.selector", error);
        }
    }
}
