using System.Data.Common;
using System.Globalization;
using System.Text;
using Microsoft.EntityFrameworkCore;

namespace TaskConsole.Core.Persistence.MySql;

/// <summary>
/// Statements over many rows, which stand as literals in their text: two to three times cheaper for the server than
/// JSON_TABLE, which reads a row from its start again for each column (docs/performance.md). Text is written in
/// hexadecimal, so nothing that anybody typed is read as SQL; blobs are parameters.
/// </summary>
internal static class MySqlRows
{
    /// <summary>Well below the default max_allowed_packet of 16 MiB: a blob may double when it is sent.</summary>
    private const int MaxBatchBytes = 4 * 1024 * 1024;

    private const int MaxBatchRows = 1_000;

    /// <param name="context">With the transaction.</param>
    /// <param name="table">Which has these columns.</param>
    /// <param name="columns">Of the rows.</param>
    /// <param name="rows">Any number.</param>
    /// <param name="suffix">What follows the rows, if anything does.</param>
    /// <param name="cancellationToken">Between and within the batches; the caller rolls back.</param>
    public static Task InsertAsync<T>(TaskConsoleContext context, string table, HotColumns.Column<T>[] columns, IReadOnlyList<T> rows, string suffix, CancellationToken cancellationToken) =>
        ExecuteAsync(context, $"INSERT INTO {table} ({Names(columns)}) VALUES ", "", columns, rows, suffix, cancellationToken);

    /// <summary>Executes an UPDATE or DELETE that joins rows as <c>j</c>; returns how many it found.</summary>
    /// <param name="context">With the transaction.</param>
    /// <param name="verb">What stands before the rows.</param>
    /// <param name="columns">Of the rows.</param>
    /// <param name="rows">Any number.</param>
    /// <param name="join">The table that is joined, how, and what is done with it.</param>
    /// <param name="cancellationToken">Between and within the batches; the caller rolls back.</param>
    public static Task<int> JoinAsync<T>(TaskConsoleContext context, string verb, HotColumns.Column<T>[] columns, IReadOnlyList<T> rows, string join, CancellationToken cancellationToken)
    {
        // MySQL from 8.0.19 on wants the keyword ROW, MariaDB does not know it.
        var isMariaDb = context.Database.GetDbConnection().ServerVersion.Contains("MariaDB", StringComparison.OrdinalIgnoreCase);
        return ExecuteAsync(
            context,
            $"{verb} (WITH w ({Names(columns)}) AS (VALUES ",
            isMariaDb ? "" : "ROW",
            columns,
            rows,
            $") SELECT * FROM w) j STRAIGHT_JOIN {join}",
            cancellationToken);
    }

    private static string Names<T>(HotColumns.Column<T>[] columns) => string.Join(", ", columns.Select(column => $"`{column.Name}`"));

    private static async Task<int> ExecuteAsync<T>(
        TaskConsoleContext context,
        string before,
        string constructor,
        HotColumns.Column<T>[] columns,
        IReadOnlyList<T> rows,
        string after,
        CancellationToken cancellationToken)
    {
        var affected = 0;
        for (var start = 0; start < rows.Count;)
        {
            var command = HotRows.Command(context, "");
            await using (command)
            {
                var text = new StringBuilder(before);
                var count = 0;
                for (var blobs = 0L; start + count < rows.Count && count < MaxBatchRows; count++)
                {
                    var row = rows[start + count];
                    blobs += BlobBytes(columns, row);
                    if (count > 0 && text.Length + blobs >= MaxBatchBytes)
                    {
                        break;
                    }

                    text.Append(count == 0 ? "" : ", ").Append(constructor);
                    Append(text, command, columns, row);
                }

                command.CommandText = text.Append(after).ToString();
                affected += await command.ExecuteNonQueryAsync(cancellationToken);
                start += count;
            }
        }

        return affected;
    }

    private static long BlobBytes<T>(HotColumns.Column<T>[] columns, T row)
    {
        var bytes = 0L;
        foreach (var column in columns)
        {
            bytes += column.IsBlob && column.Value(row) is byte[] blob ? blob.Length : 0;
        }

        return bytes;
    }

    private static void Append<T>(StringBuilder text, DbCommand command, HotColumns.Column<T>[] columns, T row)
    {
        for (var place = 0; place < columns.Length; place++)
        {
            text.Append(place == 0 ? '(' : ',');
            switch (columns[place].Value(row))
            {
                case null:
                    text.Append("NULL");
                    break;
                case long number:
                    text.Append(CultureInfo.InvariantCulture, $"{number}");
                    break;
                case string characters:
                    text.Append("_utf8mb4 x'").Append(Convert.ToHexString(Encoding.UTF8.GetBytes(characters))).Append('\'');
                    break;
                case byte[] blob when columns[place].IsBlob:
                    var parameter = command.CreateParameter();
                    parameter.ParameterName = FormattableString.Invariant($"@b{command.Parameters.Count}");
                    parameter.Value = blob;
                    command.Parameters.Add(parameter);
                    text.Append(parameter.ParameterName);
                    break;
                case byte[] bytes:
                    text.Append("x'").Append(Convert.ToHexString(bytes)).Append('\'');
                    break;
                case var other:
                    throw new InvalidOperationException($"Column {columns[place].Name} has a value of type {other.GetType()}.");
            }
        }

        text.Append(')');
    }
}
