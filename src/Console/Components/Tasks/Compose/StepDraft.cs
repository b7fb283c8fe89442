using System.Text.Json.Serialization;
using TaskConsole.Core.Tasks;
using TaskConsole.Core.Tasks.Composing;

namespace TaskConsole.Console.Components.Tasks.Compose;

/// <summary>A command while it is being composed.</summary>
public sealed class StepDraft
{
    /// <summary>Timeout of a new step.</summary>
    public const int DefaultTimeoutSeconds = 3600;

    /// <summary>Tells steps apart while they are moved.</summary>
    [JsonIgnore]
    public Guid Key { get; } = Guid.NewGuid();

    public string Name { get; set; } = "";

    public string Script { get; set; } = "";

    /// <summary>With its arguments, as one text; blank: that of the script's first line, else the default.</summary>
    public string Interpreter { get; set; } = "";

    public int? TimeoutSeconds { get; set; } = DefaultTimeoutSeconds;

    public string RunAs { get; set; } = "";

    public string WorkingDirectory { get; set; } = "";

    public OnFailure OnFailure { get; set; }

    public int? Retries { get; set; }

    public int? RetryDelaySeconds { get; set; }

    public IReadOnlyDictionary<string, string>? Environment { get; set; }

    private InterpreterSpec? NamedInterpreter => OrNull(Interpreter) is { } line ? InterpreterSpec.Line(line) : null;

    /// <summary>What would be settled if a task were made of it now.</summary>
    public SettledScript Settle() => SettledScript.Of(0, Script, NamedInterpreter);

    public CommandSpec ToSpec() => new()
    {
        Name = OrNull(Name),
        Script = Script,
        Interpreter = NamedInterpreter,
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
            Interpreter = SettledScript.Of(command.Index, command.Script, named: null).Interpreter.SequenceEqual(command.Interpreter, StringComparer.Ordinal) ? "" : ShellWords.Join(command.Interpreter),
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
