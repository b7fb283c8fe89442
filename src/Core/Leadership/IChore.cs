namespace TaskConsole.Core.Leadership;

/// <summary>Who does a chore.</summary>
public enum ChoreScope
{
    /// <summary>One instance in the whole system. Its transactions call <see cref="LeaderLease.CheckAsync"/> first.</summary>
    Leader,

    /// <summary>Each instance for itself.</summary>
    Instance,
}

/// <summary>Periodic work. <see cref="ChoreRunner"/> calls it, one call at a time.</summary>
public interface IChore
{
    /// <summary>Lower-case words with hyphens; names it in logs and metrics, and never changes.</summary>
    string Name { get; }

    /// <summary>From the end of one call to the next.</summary>
    TimeSpan Interval { get; }

    /// <summary>Who does it.</summary>
    ChoreScope Scope { get; }

    /// <summary>A call that takes longer is canceled and counts as failed.</summary>
    TimeSpan Limit { get; }

    /// <summary>Does what is due now.</summary>
    /// <returns>How many things it did; 0: there was nothing to do.</returns>
    Task<int> RunAsync(CancellationToken cancellationToken);
}
