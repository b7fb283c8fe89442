namespace TaskConsole.Core.Tasks.Composing;

public static partial class TaskSpecValidator
{
    /// <summary>What the contract names and the engine does not do yet is refused: ignoring it would run something else than was asked for.</summary>
    private static void CheckUnsupported(TaskSpec spec, SpecErrors errors)
    {
        if (spec.Rollout is { } rollout)
        {
            RefuseRollout(rollout, errors);
        }

        Refuse("lock", spec.Lock is not null, "locks between tasks", errors);
    }

    private static void RefuseRollout(RolloutSpec rollout, SpecErrors errors)
    {
        Refuse("rollout.maxConcurrency", rollout.MaxConcurrency is not null, "a limit of concurrency for one task", errors);
        Refuse("rollout.maxFailures", rollout.MaxFailures is not null, "a limit of failed hosts", errors);
        Refuse("rollout.batches", rollout.Batches is not null, "batches", errors);
        Refuse("rollout.pause", rollout.Pause is not null, "pauses between batches", errors);
        Refuse("rollout.batchWaitSeconds", rollout.BatchWaitSeconds is not null, "waits between batches", errors);
        Refuse("rollout.order", rollout.Order is not null, "an order of hosts; they go by name", errors);
        Refuse("rollout.orderLabel", rollout.OrderLabel is not null, "an order of hosts; they go by name", errors);
        Refuse("rollout.seed", rollout.Seed is not null, "an order of hosts; they go by name", errors);
        Refuse("rollout.steps", rollout.Steps is not null, "steps; each host goes through its commands by itself", errors);
    }

    private static void Refuse(string path, bool given, string what, SpecErrors errors)
    {
        if (given)
        {
            errors.Add(path, $"{path} is not supported yet: {what}.");
        }
    }
}
