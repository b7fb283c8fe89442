using System.Data.Common;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;

namespace TaskConsole.Core.Persistence;

/// <summary>What both dialects share: ids as one JSON parameter, and a prepared statement repeated over rows.</summary>
internal static class HotRows
{
    /// <summary>Ids as a JSON array of hex text: one parameter however many they are (binding is quadratic on SQLite).</summary>
    public static string Ids(IEnumerable<Guid> ids) =>
        JsonSerializer.Serialize(ids.Order().Select(Hex));

    public static string Hex(Guid id) => Convert.ToHexString(id.ToByteArray(bigEndian: true));

    public static DbCommand Command(TaskConsoleContext context, string text)
    {
        var command = context.Database.GetDbConnection().CreateCommand();
        command.Transaction = context.Database.CurrentTransaction?.GetDbTransaction();
        command.CommandText = text;
        return command;
    }

    /// <summary>Repeats one prepared statement over rows; returns the affected rows.</summary>
    public static async Task<int> RepeatAsync<T>(
        TaskConsoleContext context,
        string text,
        IReadOnlyList<string> names,
        IReadOnlyList<T> rows,
        Action<T, object?[]> values,
        CancellationToken cancellationToken)
    {
        if (rows.Count == 0)
        {
            return 0;
        }

        var command = Command(context, text);
        await using (command)
        {
            foreach (var name in names)
            {
                var parameter = command.CreateParameter();
                parameter.ParameterName = name;
                command.Parameters.Add(parameter);
            }

            var affected = 0;
            var buffer = new object?[names.Count];
            foreach (var row in rows)
            {
                values(row, buffer);
                for (var place = 0; place < buffer.Length; place++)
                {
                    command.Parameters[place].Value = buffer[place] ?? DBNull.Value;
                }

                affected += await command.ExecuteNonQueryAsync(cancellationToken);
            }

            return affected;
        }
    }

    public static object? Milliseconds(DateTimeOffset? time) => time?.ToUnixTimeMilliseconds();
}
