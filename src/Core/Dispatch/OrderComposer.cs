using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using TaskConsole.Core.Outputs;
using TaskConsole.Core.Persistence;
using TaskConsole.Core.Queue;
using TaskConsole.Core.Results;
using TaskConsole.Core.Secrets;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Core.Dispatch;

/// <summary>Makes the order that an agent gets from the committed row.</summary>
internal sealed partial class OrderComposer(CommandCatalog catalog, SecretVault vault, IOptions<DispatchOptions> options, IOptions<OutputOptions> outputs, TimeProvider time, ILogger<OrderComposer> logger)
{
    /// <summary>
    /// Orders for rows of one task. None when its secrets cannot be decrypted (the keys of the installation were lost):
    /// such a task waits to be canceled and holds up no host and no other task.
    /// </summary>
    public async Task<IReadOnlyList<ExecuteOrder>> ComposeAsync(OpsTask task, IReadOnlyCollection<(CommandHost Row, long SessionEpoch)> rows, CancellationToken cancellationToken)
    {
        if (rows.Count == 0)
        {
            return [];
        }

        var commands = await catalog.GetAsync(task.Id, cancellationToken);
        var parameters = Json.ReadMap(task.Parameters);
        IReadOnlyDictionary<string, string> secrets;
        try
        {
            secrets = vault.RevealParameters(task.Secrets);
        }
        catch (CryptographicException failure)
        {
            LogUnreadable(logger, task.Id, rows.Count, failure.Message);
            return [];
        }

        var interpreters = commands.Select(command => Json.Read<List<string>>(command.Interpreter)).ToList();
        var environments = commands.Select(command => Merge(parameters, Json.ReadMap(command.Environment))).ToList();
        var notAfter = time.GetUtcNow().AddSeconds(options.Value.NotAfterSeconds);
        var output = outputs.Value.LimitsFor(task.Total);
        return [.. rows.Select(dispatch =>
        {
            var row = dispatch.Row;
            var command = commands[row.CommandIndex];
            return new ExecuteOrder
            {
                Key = new AttemptKey(row.Id, row.Attempt),
                HostId = row.HostId,
                SessionEpoch = dispatch.SessionEpoch,
                TaskId = task.Id,
                TaskName = task.Name,
                CommandIndex = row.CommandIndex,
                NotAfter = notAfter,
                Script = command.Script,
                Interpreter = interpreters[row.CommandIndex],
                Timeout = TimeSpan.FromSeconds(command.TimeoutSeconds),
                KillGrace = TimeSpan.FromSeconds(options.Value.KillGraceSeconds),
                Output = output,
                WorkingDirectory = command.WorkingDirectory,
                RunAs = command.RunAs,
                Environment = environments[row.CommandIndex],
                Secrets = secrets,
            };
        })];
    }

    // The command's own environment wins over the parameters of the task.
    private static Dictionary<string, string> Merge(IReadOnlyDictionary<string, string> parameters, IReadOnlyDictionary<string, string> environment)
    {
        var merged = new Dictionary<string, string>(parameters, StringComparer.Ordinal);
        foreach (var (name, value) in environment)
        {
            merged[name] = value;
        }

        return merged;
    }

    [LoggerMessage(LogLevel.Error, "The secret parameters of task {TaskId} cannot be decrypted, so {Rows} of its CommandHosts cannot be sent: {Why}")]
    private static partial void LogUnreadable(ILogger logger, Guid taskId, int rows, string why);
}
