using TaskConsole.Core.Results;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Core.Tests.Model;

/// <summary>A task of the engine beside its model: their rows stand in the same order.</summary>
internal sealed class ModelTask(Guid id, TaskModel model, IReadOnlyList<CommandHost> rows)
{
    private readonly Dictionary<ModelRow, Guid> _ids = model.Rows.Zip(rows).ToDictionary(pair => pair.First, pair => pair.Second.Id);

    public Guid Id => id;

    public TaskModel Model => model;

    /// <summary>Attempts that anybody has spoken of.</summary>
    public IEnumerable<(AttemptKey Key, ModelTry Try)> Tries =>
        model.Rows.SelectMany(row => row.Tries.Select(known => (Key(row, known.Key), known.Value)));

    public AttemptKey Key(ModelRow row, int? attempt = null) => new(_ids[row], attempt ?? row.Attempt);
}
