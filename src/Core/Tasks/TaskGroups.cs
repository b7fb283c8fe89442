using System.Text;
using Microsoft.EntityFrameworkCore;
using TaskConsole.Core.Acts;
using TaskConsole.Core.Persistence;
using TaskConsole.Core.Problems;

namespace TaskConsole.Core.Tasks;

/// <summary>CommandHosts of a task that came to the same: one command, status, reason, exit code and output.</summary>
/// <param name="CommandId">Which command.</param>
/// <param name="Status">Their status.</param>
/// <param name="Reason">Why, where there is a reason.</param>
/// <param name="ExitCode">Of the attempt that counts; null: none.</param>
/// <param name="Hosts">How many.</param>
/// <param name="HostNames">The first 100, in rollout order.</param>
/// <param name="Sample">The first 4 KiB of the output as it arrived; null while there is none.</param>
/// <param name="OutputHash">SHA-256 in hex of what is kept of both streams with their lengths and what was left out, not of a stream alone; null while there is none.</param>
public sealed record CommandHostGroup(
    Guid CommandId,
    CommandHostStatus Status,
    Reason? Reason,
    int? ExitCode,
    int Hosts,
    IReadOnlyList<string> HostNames,
    string? Sample,
    string? OutputHash);

/// <summary>CommandHosts of a task that did not succeed for one cause.</summary>
/// <param name="CommandIndex">Which command.</param>
/// <param name="Status">Their status.</param>
/// <param name="Reason">Why, where there is a reason.</param>
/// <param name="ExitCode">Of the attempt that counts; null: none.</param>
/// <param name="Hosts">How many.</param>
/// <param name="First">The first of them, in rollout order.</param>
public sealed record FailureGroup(int CommandIndex, CommandHostStatus Status, Reason? Reason, int? ExitCode, int Hosts, Guid First);

/// <summary>Puts same answers together: of ten thousand hosts the few that differ are seen at once.</summary>
public sealed class TaskGroups
{
    /// <summary>Groups in an answer: the largest.</summary>
    public const int MaxGroups = 500;

    /// <summary>Bytes of a sample, at most.</summary>
    public const int SampleBytes = 4 * 1024;

    private const int NamesOfAGroup = 100;
    private static readonly CommandHostStatus[] Unsuccessful = [CommandHostStatus.Failed, CommandHostStatus.TimedOut, CommandHostStatus.DispatchFailed];

    private readonly ActDoor _acts;
    private readonly CommandCatalog _catalog;

    internal TaskGroups(ActDoor acts, CommandCatalog catalog)
    {
        _acts = acts;
        _catalog = catalog;
    }

    /// <summary>Groups of a task, largest first, at most <see cref="MaxGroups"/>.</summary>
    public Task<Answer<IReadOnlyList<CommandHostGroup>>> GetAsync(Guid taskId, Actor actor, CancellationToken cancellationToken) => _acts.ReadAsync<IReadOnlyList<CommandHostGroup>>(
        Act.ReadTasks,
        actor,
        async context =>
        {
            if (!await context.Tasks.AnyAsync(task => task.Id == taskId, cancellationToken))
            {
                return new Problem.NotFound(TaskProblemCode.NotFound, ("id", taskId));
            }

            var groups = await context.CommandHosts
                .Where(row => row.TaskId == taskId)
                .GroupBy(row => new { row.CommandIndex, row.Status, row.Reason, row.ExitCode, row.OutputHash })
                .Select(group => new { group.Key, Hosts = group.Count(), First = group.Min(row => row.Id) })
                .OrderByDescending(group => group.Hosts)
                .ThenBy(group => group.Key.CommandIndex)
                .ThenBy(group => group.Key.Status)
                .Take(MaxGroups)
                .ToListAsync(cancellationToken);
            var commands = await _catalog.GetAsync(taskId, cancellationToken);
            var hashes = groups.Select(group => group.Key.OutputHash).OfType<byte[]>().DistinctBy(Hex).ToList();
            var samples = await SamplesAsync(context, taskId, hashes, cancellationToken);
            var names = await NamesAsync(context, taskId, cancellationToken);
            return groups.ConvertAll(group =>
            {
                var (key, hash) = (group.Key, Hex(group.Key.OutputHash));
                return new CommandHostGroup(
                    commands[key.CommandIndex].Id,
                    key.Status,
                    key.Reason,
                    key.ExitCode,
                    group.Hosts,
                    [.. names[new GroupKey(key.CommandIndex, key.Status, key.Reason, key.ExitCode, hash)]],
                    hash is null ? null : samples.GetValueOrDefault(hash),
                    hash);
            });
        });

    /// <summary>Causes for which CommandHosts of a task failed, ran out of time or were never delivered, largest first.</summary>
    /// <param name="taskId">Which task; of one that is not there nothing failed.</param>
    /// <param name="most">Most groups in the answer.</param>
    /// <param name="actor">Who asks.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public Task<Answer<IReadOnlyList<FailureGroup>>> FailuresAsync(Guid taskId, int most, Actor actor, CancellationToken cancellationToken) => _acts.ReadAsync<IReadOnlyList<FailureGroup>>(
        Act.ReadTasks,
        actor,
        async context =>
        {
            var groups = await context.CommandHosts
                .Where(row => row.TaskId == taskId && Unsuccessful.Contains(row.Status))
                .GroupBy(row => new { row.CommandIndex, row.Status, row.Reason, row.ExitCode })
                .Select(group => new { group.Key, Hosts = group.Count(), First = group.Min(row => row.Id) })
                .OrderByDescending(group => group.Hosts)
                .ThenBy(group => group.Key.CommandIndex)
                .ThenBy(group => group.Key.Status)
                .Take(most)
                .ToListAsync(cancellationToken);
            return groups.ConvertAll(group => new FailureGroup(group.Key.CommandIndex, group.Key.Status, group.Key.Reason, group.Key.ExitCode, group.Hosts, group.First));
        });

    /// <summary>The first names of every group, by one look at the task's rows.</summary>
    private static async Task<ILookup<GroupKey, string>> NamesAsync(TaskConsoleContext context, Guid taskId, CancellationToken cancellationToken)
    {
        var id = taskId.ToByteArray(bigEndian: true);
        var rows = await context.Database.SqlQuery<NamedRow>(
            $"""
            SELECT command_index AS CommandIndex, status AS Status, reason AS Reason, exit_code AS ExitCode, output_hash AS OutputHash, host_name AS HostName
            FROM (SELECT id, command_index, status, reason, exit_code, output_hash, host_name,
                    ROW_NUMBER() OVER (PARTITION BY command_index, status, reason, exit_code, output_hash ORDER BY id) AS place
                  FROM command_hosts WHERE task_id = {id}) AS placed
            WHERE place <= {NamesOfAGroup}
            ORDER BY id
            """).ToListAsync(cancellationToken);
        return rows.ToLookup(
            row => new GroupKey(row.CommandIndex, (CommandHostStatus)row.Status, (Reason?)row.Reason, row.ExitCode, Hex(row.OutputHash)),
            row => row.HostName);
    }

    private static async Task<Dictionary<string, string>> SamplesAsync(TaskConsoleContext context, Guid taskId, List<byte[]> hashes, CancellationToken cancellationToken) => hashes.Count == 0
        ? []
        : (await context.Outputs
            .Where(output => output.TaskId == taskId && EF.Constant(hashes).Contains(output.Hash))
            .Select(output => new { output.Hash, Beginning = TaskConsoleContext.Part(output.Content, 1, SampleBytes) })
            .ToListAsync(cancellationToken))
            .ToDictionary(output => Convert.ToHexStringLower(output.Hash), output => Text(output.Beginning ?? []), StringComparer.Ordinal);

    private static string? Hex(byte[]? hash) => hash is null ? null : Convert.ToHexStringLower(hash);

    /// <summary>As UTF-8, without the half of a character at the cut.</summary>
    private static string Text(byte[] bytes)
    {
        var decoder = Encoding.UTF8.GetDecoder();
        var text = new char[Encoding.UTF8.GetMaxCharCount(bytes.Length)];
        return new string(text, 0, decoder.GetChars(bytes, text, flush: bytes.Length < SampleBytes));
    }

    private readonly record struct GroupKey(int CommandIndex, CommandHostStatus Status, Reason? Reason, int? ExitCode, string? OutputHash);

    private sealed record NamedRow(int CommandIndex, int Status, int? Reason, int? ExitCode, byte[]? OutputHash, string HostName);
}
