namespace TaskConsole.Core.Tasks.Composing;

/// <summary>A task as its author composes it: the body of <c>POST /api/v1/tasks</c> and what the New task page makes.</summary>
/// <remarks>What is null takes the default that docs and OpenAPI name; <see cref="TaskSpecValidator"/> says what is allowed.</remarks>
public sealed record TaskSpec
{
    /// <summary>1 to 200 characters.</summary>
    public string? Name { get; init; }

    /// <summary>At most 4,000 characters.</summary>
    public string? Description { get; init; }

    /// <summary>Normal unless named.</summary>
    public TaskPriority? Priority { get; init; }

    /// <summary>1 to 50, run in this order on each host.</summary>
    public IReadOnlyList<CommandSpec>? Commands { get; init; }

    public TargetSpec? Targets { get; init; }

    /// <summary>Reach every script as environment variables; names <c>[A-Za-z_][A-Za-z0-9_]*</c>, a value at most 100 KiB, all together at most 1 MiB.</summary>
    public IReadOnlyDictionary<string, string>? Parameters { get; init; }

    /// <summary>
    /// As the parameters; encrypted in the database and masked in output. A value has 4 bytes to 16 KiB and is not blank, all
    /// together have at most 64 KiB.
    /// </summary>
    public IReadOnlyDictionary<string, string>? SecretParameters { get; init; }

    public RolloutSpec? Rollout { get; init; }

    /// <summary>Of the whole task, counted from its start.</summary>
    public int? TimeoutSeconds { get; init; }

    /// <summary>Fail unless named.</summary>
    public OfflineHosts? OfflineHosts { get; init; }

    public int? WaitSeconds { get; init; }

    public string? Lock { get; init; }

    /// <summary>Start it at once.</summary>
    public bool? Start { get; init; }
}

/// <summary>One command of a <see cref="TaskSpec"/>.</summary>
public sealed record CommandSpec
{
    /// <summary>At most 200 characters.</summary>
    public string? Name { get; init; }

    /// <summary>
    /// 1 byte to 256 KiB of UTF-8. A byte order mark before it is left out, and line ends (CR LF, CR) become LF when the task
    /// is created.
    /// </summary>
    public string? Script { get; init; }

    /// <summary>
    /// Program that is given the script as a file, with its arguments: a text that is split like a shell without expansion
    /// (<c>/bin/bash -e</c>), or a list of texts. Unless named it is what the script's first line names (<c>#!/bin/bash</c>),
    /// else <c>/bin/sh</c>. A program without a slash is looked up in PATH.
    /// </summary>
    public InterpreterSpec? Interpreter { get; init; }

    /// <summary>1 to 604,800; 3,600 unless named.</summary>
    public int? TimeoutSeconds { get; init; }

    public string? WorkingDirectory { get; init; }

    public IReadOnlyDictionary<string, string>? Environment { get; init; }

    /// <summary>
    /// Account on the host, as its name service knows it (<c>www-data</c>, <c>john.doe</c>, <c>DOMAIN\user</c>,
    /// <c>user@realm</c>), at most 256 bytes; a number is a name, never a uid. The agent's own unless named.
    /// </summary>
    public string? RunAs { get; init; }

    /// <summary>StopHost unless named.</summary>
    public OnFailure? OnFailure { get; init; }

    /// <summary>0 to 10; 0 unless named.</summary>
    public int? Retries { get; init; }

    /// <summary>0 to 86,400; 0 unless named.</summary>
    public int? RetryDelaySeconds { get; init; }
}

/// <summary>Where a task runs: exactly one of the three.</summary>
public sealed record TargetSpec
{
    public IReadOnlyList<Guid>? HostIds { get; init; }

    /// <summary>Kubernetes label syntax with a name glob: <c>env=prod,role in (web,api),!canary,name~=web-*</c>.</summary>
    public string? Selector { get; init; }

    public bool? All { get; init; }
}

/// <summary>How a task spreads over its hosts.</summary>
public sealed record RolloutSpec
{
    public string? MaxConcurrency { get; init; }

    public string? MaxFailures { get; init; }

    public string? Batches { get; init; }

    public string? Pause { get; init; }

    public int? BatchWaitSeconds { get; init; }

    public string? Order { get; init; }

    public string? OrderLabel { get; init; }

    public int? Seed { get; init; }

    public string? Steps { get; init; }
}
