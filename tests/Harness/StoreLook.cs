using System.Data.Common;
using System.Globalization;
using System.Text;

namespace TaskConsole.Harness;

/// <summary>Looks into the database from outside: how many rows there are, and whether a text is anywhere.</summary>
public sealed class StoreLook(Func<DbConnection> connect, string tablesQuery)
{
    /// <summary>Rows of each table.</summary>
    public async Task<IReadOnlyDictionary<string, long>> RowsAsync()
    {
        await using var connection = connect();
        await connection.OpenAsync();
        var rows = new SortedDictionary<string, long>(StringComparer.Ordinal);
        foreach (var table in await TablesAsync(connection))
        {
            await using var command = Query(connection, $"SELECT COUNT(*) FROM {table}");
            rows[table] = Convert.ToInt64(await command.ExecuteScalarAsync(), CultureInfo.InvariantCulture);
        }

        return rows;
    }

    /// <summary>Tables with a value that holds a text.</summary>
    public async Task<IReadOnlyList<string>> TablesWithAsync(string text)
    {
        await using var connection = connect();
        await connection.OpenAsync();
        var found = new List<string>();
        foreach (var table in await TablesAsync(connection))
        {
            await using var command = Query(connection, $"SELECT * FROM {table}");
            await using var reader = await command.ExecuteReaderAsync();
            while (await reader.ReadAsync())
            {
                if (Enumerable.Range(0, reader.FieldCount).Any(field => Holds(reader.GetValue(field), text)))
                {
                    found.Add(table);
                    break;
                }
            }
        }

        return found;
    }

    private static bool Holds(object value, string text) => value switch
    {
        byte[] bytes => bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)) >= 0,
        string words => words.Contains(text, StringComparison.Ordinal),
        _ => false,
    };

    private static DbCommand Query(DbConnection connection, string sql)
    {
        var command = connection.CreateCommand();
#pragma warning disable CA2100 // Table names of the database itself.
        command.CommandText = sql;
#pragma warning restore CA2100
        return command;
    }

    private async Task<IReadOnlyList<string>> TablesAsync(DbConnection connection)
    {
        await using var command = Query(connection, tablesQuery);
        await using var reader = await command.ExecuteReaderAsync();
        var tables = new List<string>();
        while (await reader.ReadAsync())
        {
            tables.Add(reader.GetString(0));
        }

        return tables;
    }
}
