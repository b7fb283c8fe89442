using TaskConsole.Core.Problems;

namespace TaskConsole.Core.Tasks.Composing;

public static partial class TaskSpecValidator
{
    /// <summary>What the contract names and the engine does not do yet is refused: ignoring it would run something else than was asked for.</summary>
    private static void CheckUnsupported(TaskSpec spec, InputErrors errors)
    {
        if (spec.Rollout is { } rollout)
        {
            RefuseRollout(rollout, errors);
        }

        Refuse("lock", spec.Lock is not null, "lock", errors);
    }

    private static void RefuseRollout(RolloutSpec rollout, InputErrors errors)
    {
        Refuse("rollout.maxConcurrency", rollout.MaxConcurrency is not null, "concurrency", errors);
        Refuse("rollout.maxFailures", rollout.MaxFailures is not null, "failures", errors);
        Refuse("rollout.batches", rollout.Batches is not null, "batches", errors);
        Refuse("rollout.pause", rollout.Pause is not null, "pauses", errors);
        Refuse("rollout.batchWaitSeconds", rollout.BatchWaitSeconds is not null, "batch-waits", errors);
        Refuse("rollout.order", rollout.Order is not null, "order", errors);
        Refuse("rollout.orderLabel", rollout.OrderLabel is not null, "order", errors);
        Refuse("rollout.seed", rollout.Seed is not null, "order", errors);
        Refuse("rollout.steps", rollout.Steps is not null, "steps", errors);
    }

    private static void Refuse(string path, bool given, string feature, InputErrors errors)
    {
        if (given)
        {
            errors.Add(path, SpecProblemCode.NotSupported, ("field", path), ("feature", feature));
        }
    }
}
