using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;
using TaskConsole.Core.Acts;
using TaskConsole.Core.Problems;
using TaskConsole.Core.Stories;
using TaskConsole.Core.Tasks.Composing;

namespace TaskConsole.Core.Tasks;

/// <summary>Counts of a task's CommandHosts by status. <see cref="Percent"/>: 0 to 100, of those ended.</summary>
public sealed record TaskProgress(
    int Total,
    int Pending,
    int Dispatched,
    int Running,
    int Unreachable,
    int Succeeded,
    int Failed,
    int TimedOut,
    int Canceled,
    int DispatchFailed,
    int Skipped,
    double Percent)
{
    /// <summary>How many have ended.</summary>
    public int Ended() => Succeeded + Failed + TimedOut + Canceled + DispatchFailed + Skipped;

    /// <summary>The count of one status.</summary>
    public int Of(CommandHostStatus status) => status switch
    {
        CommandHostStatus.Pending => Pending,
        CommandHostStatus.Dispatched => Dispatched,
        CommandHostStatus.Running => Running,
        CommandHostStatus.Unreachable => Unreachable,
        CommandHostStatus.Succeeded => Succeeded,
        CommandHostStatus.Failed => Failed,
        CommandHostStatus.TimedOut => TimedOut,
        CommandHostStatus.Canceled => Canceled,
        CommandHostStatus.DispatchFailed => DispatchFailed,
        CommandHostStatus.Skipped => Skipped,
        _ => throw new ArgumentOutOfRangeException(nameof(status), status, null),
    };
}

/// <summary>Counts of a task's hosts.</summary>
public sealed record HostProgress(int Total, int Waiting, int Running, int Succeeded, int Failed);

/// <summary>Who did something.</summary>
/// <param name="Kind">Person, token, schedule or the system.</param>
/// <param name="Id">Of the account or token; the nil UUID for the system.</param>
/// <param name="Name">At that time.</param>
public sealed record ActorView(ActorKind Kind, Guid Id, string Name);

/// <summary>A task in a list: everything but what was composed in detail.</summary>
public record TaskSummary
{
    public required Guid Id { get; init; }

    public required string Name { get; init; }

    public string? Description { get; init; }

    public required TaskPriority Priority { get; init; }

    public required OpsTaskStatus Status { get; init; }

    /// <summary>Name of who composed it, at that time.</summary>
    public required string CreatedBy { get; init; }

    /// <summary>Who composed it.</summary>
    public required ActorView CreatedByActor { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>From start to end, or to now while it runs; null before the start.</summary>
    public long? DurationMs { get; init; }

    public DateTimeOffset? CancelRequestedAt { get; init; }

    public Guid? RetryOf { get; init; }

    /// <summary>0 to 1, of those ended; null before any ended.</summary>
    public double? SuccessRate { get; init; }

    public required TaskProgress Progress { get; init; }

    public required HostProgress HostProgress { get; init; }

    /// <summary>Why nothing of it is dispatched now; null: nothing holds it, nothing is pending, or this is an item of a list.</summary>
    public HoldView? Hold { get; init; }
}

/// <summary>A task, as composed and as it stands.</summary>
public sealed record TaskView : TaskSummary
{
    public TaskView()
    {
    }

    /// <summary>Of its summary; what was composed in detail is set beside it.</summary>
    [SetsRequiredMembers]
    internal TaskView(TaskSummary summary)
        : base(summary)
    {
        Commands = [];
        Targets = new TargetSpec();
        Notices = [];
    }

    [JsonPropertyOrder(1)]
    public required IReadOnlyList<CommandView> Commands { get; init; }

    [JsonPropertyOrder(1)]
    public required TargetSpec Targets { get; init; }

    [JsonPropertyOrder(1)]
    public IReadOnlyDictionary<string, string>? Parameters { get; init; }

    /// <summary>Names of the secret parameters, each with a mask for its value.</summary>
    [JsonPropertyOrder(1)]
    public IReadOnlyDictionary<string, string>? SecretParameters { get; init; }

    /// <summary>What was settled for its author when it was created: line ends, the interpreter of a script's first line. May be empty.</summary>
    [JsonPropertyOrder(1)]
    public required IReadOnlyList<CodedMessage> Notices { get; init; }

    [JsonPropertyOrder(1)]
    public RolloutSpec? Rollout { get; init; }

    [JsonPropertyOrder(1)]
    public int? TimeoutSeconds { get; init; }

    [JsonPropertyOrder(1)]
    public required OfflineHosts OfflineHosts { get; init; }

    [JsonPropertyOrder(1)]
    public int? WaitSeconds { get; init; }

    [JsonPropertyOrder(1)]
    public string? Lock { get; init; }
}

/// <summary>A command of a task, as composed with its defaults filled in.</summary>
/// <param name="Id">Of the command.</param>
/// <param name="Index">Position in the task, from 0.</param>
/// <param name="Name">Null where its author gave none.</param>
/// <param name="Script">As hosts get it.</param>
/// <param name="Interpreter">Program and arguments, as settled when the task was created; at least one.</param>
/// <param name="TimeoutSeconds">1 to 604,800.</param>
/// <param name="WorkingDirectory">Null: a private folder of the attempt.</param>
/// <param name="Environment">Names to values; null: none.</param>
/// <param name="RunAs">Account on the host; null: the agent's own.</param>
/// <param name="OnFailure">What a failure stops.</param>
/// <param name="Retries">How many attempts may follow the first, 0 to 10.</param>
/// <param name="RetryDelaySeconds">0 to 86,400.</param>
public sealed record CommandView(
    Guid Id,
    int Index,
    string? Name,
    string Script,
    IReadOnlyList<string> Interpreter,
    int TimeoutSeconds,
    string? WorkingDirectory,
    IReadOnlyDictionary<string, string>? Environment,
    string? RunAs,
    OnFailure OnFailure,
    int Retries,
    int RetryDelaySeconds);

/// <summary>A CommandHost in a list.</summary>
public record CommandHostView
{
    public required Guid Id { get; init; }

    public required Guid CommandId { get; init; }

    public required int CommandIndex { get; init; }

    public required Guid HostId { get; init; }

    public required string HostName { get; init; }

    public required CommandHostStatus Status { get; init; }

    public Reason? Reason { get; init; }

    /// <summary>Reason and details as a sentence for people, in English. Made when the answer is written; null until then, and where there is nothing to say.</summary>
    public string? Message { get; init; }

    /// <summary>What the agent, or the person who settled it, told beyond the reason.</summary>
    public IReadOnlyList<CodedMessage> Details { get; init; } = [];

    public int? ExitCode { get; init; }

    public int? Signal { get; init; }

    public required int Attempt { get; init; }

    public DateTimeOffset? DispatchedAt { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>By the host's monotonic clock; null while it runs or when it never started.</summary>
    public long? DurationMs { get; init; }

    /// <summary>Bytes produced, kept or not; while it runs: bytes committed so far.</summary>
    public long StdoutBytes { get; init; }

    public long StderrBytes { get; init; }

    public bool Truncated { get; init; }

    /// <summary>Since when its agent is away, while it is Unreachable.</summary>
    public DateTimeOffset? UnreachableSince { get; init; }

    /// <summary>When a cancel of it was accepted after it had been sent.</summary>
    public DateTimeOffset? CancelRequestedAt { get; init; }

    /// <summary>The server gave it up, and its agent may hold it still: a cancel reaches it, though the task may have ended.</summary>
    public bool MayStillRun { get; init; }

    /// <summary>Processes that its attempts left running in the background and that are not known to have ended.</summary>
    public int LeftInBackground { get; init; }
}

/// <summary>A CommandHost with its task and every attempt.</summary>
public sealed record CommandHostDetail : CommandHostView
{
    public CommandHostDetail()
    {
    }

    /// <summary>Of its view in a list; attempts and story are set beside it.</summary>
    [SetsRequiredMembers]
    internal CommandHostDetail(CommandHostView view)
        : base(view)
    {
        Attempts = [];
        Story = [];
    }

    [JsonPropertyOrder(1)]
    public required Guid TaskId { get; init; }

    [JsonPropertyOrder(1)]
    public required IReadOnlyList<AttemptView> Attempts { get; init; }

    /// <summary>What happened to it, in order.</summary>
    [JsonPropertyOrder(1)]
    public required IReadOnlyList<StoryEntry> Story { get; init; }

    /// <summary>Why it is not dispatched now, while it is Pending in a task that was started; else null.</summary>
    [JsonPropertyOrder(1)]
    public HoldView? Hold { get; init; }
}

/// <summary>Something that happened to a CommandHost.</summary>
/// <param name="At">Hub's clock; times of the agent are corrected to it.</param>
/// <param name="By">Who brought it about.</param>
/// <param name="Event">What happened.</param>
/// <param name="Attempt">Which attempt it was about.</param>
/// <param name="Arguments">Of the event: texts and whole numbers by name.</param>
public sealed record StoryEntry(DateTimeOffset At, StoryBy By, StoryEvent Event, int Attempt, IReadOnlyDictionary<string, JsonElement> Arguments)
{
    /// <summary>The arguments in words for people, in English. Made when the answer is written; null until then, and where there is nothing to say.</summary>
    public string? Detail { get; init; }
}

/// <summary>One ended attempt.</summary>
/// <param name="Details">What the agent told beyond the reason.</param>
public sealed record AttemptView(
    int Attempt,
    CommandHostStatus Status,
    Reason? Reason,
    IReadOnlyList<CodedMessage> Details,
    int? ExitCode,
    int? Signal,
    DateTimeOffset? DispatchedAt,
    DateTimeOffset? StartedAt,
    DateTimeOffset FinishedAt,
    long? DurationMs,
    long StdoutBytes,
    long StderrBytes,
    bool Truncated,
    bool Late,
    int Background,
    DateTimeOffset? TermSentAt,
    DateTimeOffset? KillSentAt,
    int Killed,
    int Escaped)
{
    /// <summary>Reason and details as a sentence for people, in English. Made when the answer is written; null until then, and where there is nothing to say.</summary>
    public string? Message { get; init; }
}

/// <summary>A page of a list.</summary>
/// <param name="Items">At most <paramref name="PageSize"/>.</param>
/// <param name="Total">Of the whole list, by the same filter.</param>
/// <param name="Page">From 1.</param>
/// <param name="PageSize">1 to 500.</param>
public sealed record PageOf<T>(IReadOnlyList<T> Items, int Total, int Page, int PageSize)
{
    /// <summary>Number of the last page; an empty list has one page.</summary>
    public int Last() => Math.Max(1, ((Total - 1) / PageSize) + 1);
}

/// <summary>Which page.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Size">1 to 500.</param>
public readonly record struct PageRequest(int Number, int Size)
{
    /// <summary>Largest page.</summary>
    public const int MaxSize = 500;

    internal int Skip => checked((Number - 1) * Size);

    /// <summary>Null, or which of the two is out of range and what is allowed.</summary>
    internal Problem? Check() => this switch
    {
        { Size: < 1 or > MaxSize } => new Problem.Invalid("pageSize", RequestProblemCode.PageSize, ("longest", MaxSize), ("size", Size)),
        { Number: < 1 } => new Problem.Invalid("page", RequestProblemCode.PageNumber, ("number", Number)),
        _ when (long)(Number - 1) * Size > int.MaxValue => new Problem.Invalid("page", RequestProblemCode.PageBeyondEveryList, ("number", Number)),
        _ => null,
    };
}

/// <summary>Which tasks a list shows; null: no filter.</summary>
public sealed record TaskFilter
{
    public OpsTaskStatus? Status { get; init; }

    /// <summary>Part of the name, case-insensitive.</summary>
    public string? Search { get; init; }

    public string? CreatedBy { get; init; }

    /// <summary>Name or id of a host that it runs on.</summary>
    public string? Host { get; init; }

    public DateTimeOffset? From { get; init; }

    public DateTimeOffset? To { get; init; }
}

/// <summary>Which CommandHosts of a task a list shows, and in which order; null: no filter.</summary>
public sealed record CommandHostFilter
{
    public CommandHostStatus? Status { get; init; }

    /// <summary>Part of the host's name.</summary>
    public string? Search { get; init; }

    public Guid? HostId { get; init; }

    /// <summary>Those that came to the same.</summary>
    public CommandHostGroupKey? Group { get; init; }

    /// <summary>Ordered by status: unsuccessful first, then what goes on, then the rest.</summary>
    public bool FailuresFirst { get; init; }
}
