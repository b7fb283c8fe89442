namespace TaskConsole.Core.Tasks;

/// <summary>One step of a task: script, interpreter, timeout, environment. Row of <c>commands</c>; never changes once composed.</summary>
public sealed class Command
{
    public Guid Id { get; set; }

    public Guid TaskId { get; set; }

    /// <summary>Position in the task, from 0.</summary>
    public int Index { get; set; }

    public string? Name { get; set; }

    /// <summary>1 byte to 256 KiB of UTF-8, with line ends of one LF.</summary>
    public required string Script { get; set; }

    /// <summary>Program that is given the script as a file, and its arguments: a JSON list of texts, at least one.</summary>
    public required string Interpreter { get; set; }

    /// <summary>1 to 604,800.</summary>
    public int TimeoutSeconds { get; set; }

    public string? WorkingDirectory { get; set; }

    /// <summary>JSON object of name to text.</summary>
    public string? Environment { get; set; }

    public string? RunAs { get; set; }

    public OnFailure OnFailure { get; set; }

    /// <summary>How many attempts may follow the first, 0 to 10.</summary>
    public int Retries { get; set; }

    public int RetryDelaySeconds { get; set; }
}
