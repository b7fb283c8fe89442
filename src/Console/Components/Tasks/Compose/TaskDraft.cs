using System.Text.Json.Serialization;
using TaskConsole.Core.Tasks;
using TaskConsole.Core.Tasks.Composing;

namespace TaskConsole.Console.Components.Tasks.Compose;

/// <summary>A task while it is being composed: what the New task page edits and the browser keeps.</summary>
public sealed class TaskDraft
{
    public string Name { get; set; } = "";

    public List<StepDraft> Steps { get; set; } = [new()];

    public List<ParameterDraft> Parameters { get; set; } = [];

    public TargetDraft Targets { get; set; } = new();

    /// <summary>What a duplicated task has and the page does not show: it goes along unchanged.</summary>
    public TaskSpec Rest { get; set; } = new();

    /// <summary>Whether nothing was composed yet.</summary>
    [JsonIgnore]
    public bool IsBlank => Name.Length == 0 && Parameters.Count == 0 && Steps.TrueForAll(step => step.Script.Length == 0);

    /// <summary>The task as Core takes it.</summary>
    public TaskSpec ToSpec(bool start) => Rest with
    {
        Name = Name.Trim(),
        Commands = [.. Steps.Select(step => step.ToSpec())],
        Targets = Targets.ToSpec(),
        Parameters = ToMap(secret: false),
        SecretParameters = ToMap(secret: true),
        Start = start,
    };

    /// <summary>A draft like an existing task. Secret values are not known any more and must be typed again.</summary>
    public static TaskDraft Like(TaskView task)
    {
        ArgumentNullException.ThrowIfNull(task);
        return new TaskDraft
        {
            Name = task.Name,
            Steps = [.. task.Commands.Select(StepDraft.Like)],
            Parameters =
            [
                .. (task.Parameters ?? new Dictionary<string, string>(StringComparer.Ordinal)).Select(one => new ParameterDraft { Name = one.Key, Value = one.Value }),
                .. (task.SecretParameters ?? new Dictionary<string, string>(StringComparer.Ordinal)).Keys.Select(name => new ParameterDraft { Name = name, Secret = true }),
            ],
            Targets = TargetDraft.Like(task.Targets),
            Rest = new TaskSpec
            {
                Description = task.Description,
                Priority = task.Priority,
                Rollout = task.Rollout,
                TimeoutSeconds = task.TimeoutSeconds,
                OfflineHosts = task.OfflineHosts,
                WaitSeconds = task.WaitSeconds,
                Lock = task.Lock,
            },
        };
    }

    private Dictionary<string, string>? ToMap(bool secret)
    {
        var chosen = Parameters.Where(parameter => parameter.Secret == secret && !parameter.IsBlank).ToList();
        return chosen.Count == 0 ? null : chosen.GroupBy(parameter => parameter.Name.Trim(), StringComparer.Ordinal).ToDictionary(same => same.Key, same => same.Last().Value, StringComparer.Ordinal);
    }
}

/// <summary>A row of the parameters table.</summary>
public sealed class ParameterDraft
{
    [JsonIgnore]
    public Guid Key { get; } = Guid.NewGuid();

    public string Name { get; set; } = "";

    public string Value { get; set; } = "";

    /// <summary>Encrypted, masked, and never kept in the browser.</summary>
    public bool Secret { get; set; }

    [JsonIgnore]
    public bool IsBlank => Name.Length == 0 && Value.Length == 0;

    /// <summary>Where Core's errors about it are filed.</summary>
    [JsonIgnore]
    public string Path => $"{(Secret ? "secretParameters" : "parameters")}.{Name.Trim()}";
}
