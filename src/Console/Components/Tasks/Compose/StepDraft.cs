using System.Text.Json.Serialization;
using TaskConsole.Core.Tasks;
using TaskConsole.Core.Tasks.Composing;

namespace TaskConsole.Console.Components.Tasks.Compose;

/// <summary>A command while it is being composed.</summary>
public sealed class StepDraft
{
    /// <summary>Interpreter of a new step.</summary>
    public const string DefaultInterpreter = "/bin/sh";

    /// <summary>Timeout of a new step.</summary>
    public const int DefaultTimeoutSeconds = 3600;

    /// <summary>Tells steps apart while they are moved.</summary>
    [JsonIgnore]
    public Guid Key { get; } = Guid.NewGuid();

    public string Name { get; set; } = "";

    public string Script { get; set; } = "";

    public string Interpreter { get; set; } = DefaultInterpreter;

    public int? TimeoutSeconds { get; set; } = DefaultTimeoutSeconds;

    public string RunAs { get; set; } = "";

    public string WorkingDirectory { get; set; } = "";

    public OnFailure OnFailure { get; set; }

    public int? Retries { get; set; }

    public int? RetryDelaySeconds { get; set; }

    public IReadOnlyDictionary<string, string>? Environment { get; set; }

    public CommandSpec ToSpec() => new()
    {
        Name = OrNull(Name),
        Script = Script,
        Interpreter = OrNull(Interpreter),
        TimeoutSeconds = TimeoutSeconds,
        RunAs = OrNull(RunAs),
        WorkingDirectory = OrNull(WorkingDirectory),
        OnFailure = OnFailure,
        Retries = Retries,
        RetryDelaySeconds = RetryDelaySeconds,
        Environment = Environment,
    };

    public static StepDraft Like(CommandView command)
    {
        ArgumentNullException.ThrowIfNull(command);
        return new StepDraft
        {
            Name = command.Name ?? "",
            Script = command.Script,
            Interpreter = command.Interpreter,
            TimeoutSeconds = command.TimeoutSeconds,
            RunAs = command.RunAs ?? "",
            WorkingDirectory = command.WorkingDirectory ?? "",
            OnFailure = command.OnFailure,
            Retries = command.Retries == 0 ? null : command.Retries,
            RetryDelaySeconds = command.RetryDelaySeconds == 0 ? null : command.RetryDelaySeconds,
            Environment = command.Environment,
        };
    }

    private static string? OrNull(string text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();
}
