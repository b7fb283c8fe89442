using System.Data.Common;
using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Data.Sqlite;

namespace TaskConsole.Swarm.Bare;

/// <summary>Bare multi-row statements on the console's own database, with the same durability.</summary>
internal sealed class BareStore(DbConnection connection) : IAsyncDisposable
{
    private const int RowsOfAStatement = 500;
    private const int BytesOfATransaction = 4 << 20;

    private bool IsSqlite => connection is SqliteConnection;

    /// <summary>Time to insert the rows of a task once more into a table of the same columns and keys.</summary>
    public async Task<TimeSpan> InsertCommandHostsAsync(string taskId)
    {
        await OpenAsync();
        await ExecuteAsync("DROP TABLE IF EXISTS bare_command_hosts");
        if (IsSqlite)
        {
            foreach (var sql in await ReadTextsAsync("SELECT sql FROM sqlite_master WHERE tbl_name = 'command_hosts' AND sql IS NOT NULL ORDER BY type DESC"))
            {
                await ExecuteAsync(sql.Replace("\"command_hosts\"", "\"bare_command_hosts\"", StringComparison.Ordinal).Replace("\"IX_", "\"bare_IX_", StringComparison.Ordinal).Replace("\"ix_", "\"bare_ix_", StringComparison.Ordinal));
            }
        }
        else
        {
            await ExecuteAsync("CREATE TABLE bare_command_hosts LIKE command_hosts");
        }

        var (columns, rows) = await ReadRowsAsync(taskId);
        var began = Stopwatch.GetTimestamp();
        await using (var transaction = await connection.BeginTransactionAsync())
        {
            foreach (var some in rows.Chunk(RowsOfAStatement))
            {
                await InsertAsync(transaction, columns, some);
            }

            await transaction.CommitAsync();
        }

        var took = Stopwatch.GetElapsedTime(began);
        await ExecuteAsync("DROP TABLE bare_command_hosts");
        return took;
    }

    /// <summary>Bytes a second of bulk inserts of frames.</summary>
    public async Task<double> InsertOutputAsync(int frames, int frameBytes)
    {
        await OpenAsync();
        await ExecuteAsync("DROP TABLE IF EXISTS bare_frames");
        await ExecuteAsync(IsSqlite ? "CREATE TABLE bare_frames (id INTEGER PRIMARY KEY, content BLOB NOT NULL)" : "CREATE TABLE bare_frames (id BIGINT PRIMARY KEY, content MEDIUMBLOB NOT NULL)");
        var content = RandomNumberGenerator.GetBytes(frameBytes);
        var began = Stopwatch.GetTimestamp();
        var perTransaction = Math.Max(1, BytesOfATransaction / frameBytes);
        for (var frame = 0; frame < frames;)
        {
            await using var transaction = await connection.BeginTransactionAsync();
            await using var insert = connection.CreateCommand();
            insert.Transaction = transaction;
            var values = new StringBuilder();
            for (var place = 0; place < perTransaction && frame < frames; place++, frame++)
            {
                values.Append(CultureInfo.InvariantCulture, $"{(place == 0 ? "" : ",")} ({frame}, @c{place})");
                var parameter = insert.CreateParameter();
                (parameter.ParameterName, parameter.Value) = ($"@c{place}", content);
                insert.Parameters.Add(parameter);
            }

            insert.CommandText = $"INSERT INTO bare_frames (id, content) VALUES{values}";
            await insert.ExecuteNonQueryAsync();
            await transaction.CommitAsync();
        }

        var rate = (double)frames * frameBytes / Stopwatch.GetElapsedTime(began).TotalSeconds;
        await ExecuteAsync("DROP TABLE bare_frames");
        return rate;
    }

    public ValueTask DisposeAsync() => connection.DisposeAsync();

    private async Task OpenAsync()
    {
        if (connection.State != System.Data.ConnectionState.Open)
        {
            await connection.OpenAsync();
            if (IsSqlite)
            {
                await ExecuteAsync("PRAGMA synchronous = FULL");
                await ExecuteAsync("PRAGMA busy_timeout = 30000");
            }
        }
    }

    // SQLite is fastest by one prepared statement repeated, the other by many rows in one.
    private async Task InsertAsync(DbTransaction transaction, string columns, object[][] rows)
    {
        await using var insert = connection.CreateCommand();
        insert.Transaction = transaction;
        var names = Enumerable.Range(0, rows[0].Length).Select(column => $"@p{column}").ToList();
        if (IsSqlite)
        {
            insert.CommandText = $"INSERT INTO bare_command_hosts ({columns}) VALUES ({string.Join(", ", names)})";
            foreach (var name in names)
            {
                insert.Parameters.Add(new SqliteParameter(name, null));
            }

            await insert.PrepareAsync();
            foreach (var row in rows)
            {
                for (var column = 0; column < row.Length; column++)
                {
                    insert.Parameters[column].Value = row[column];
                }

                await insert.ExecuteNonQueryAsync();
            }

            return;
        }

        var values = new StringBuilder();
        for (var number = 0; number < rows.Length; number++)
        {
            values.Append(number == 0 ? "(" : ", (").AppendJoin(", ", rows[number].Select((_, column) => string.Create(CultureInfo.InvariantCulture, $"@r{number}c{column}"))).Append(')');
            for (var column = 0; column < rows[number].Length; column++)
            {
                var parameter = insert.CreateParameter();
                (parameter.ParameterName, parameter.Value) = (string.Create(CultureInfo.InvariantCulture, $"@r{number}c{column}"), rows[number][column]);
                insert.Parameters.Add(parameter);
            }
        }

        insert.CommandText = $"INSERT INTO bare_command_hosts ({columns}) VALUES {values}";
        await insert.ExecuteNonQueryAsync();
    }

    private async Task<(string Columns, List<object[]> Rows)> ReadRowsAsync(string taskId)
    {
        await using var select = connection.CreateCommand();
        select.CommandText = "SELECT * FROM command_hosts WHERE task_id = @task ORDER BY id";
        var parameter = select.CreateParameter();
        (parameter.ParameterName, parameter.Value) = ("@task", Guid.Parse(taskId).ToByteArray(bigEndian: true));
        select.Parameters.Add(parameter);
        await using var reader = await select.ExecuteReaderAsync();
        var rows = new List<object[]>();
        var columns = string.Join(", ", Enumerable.Range(0, reader.FieldCount).Select(reader.GetName));
        while (await reader.ReadAsync())
        {
            var row = new object[reader.FieldCount];
            reader.GetValues(row);
            rows.Add(row);
        }

        return (columns, rows);
    }

    private async Task<List<string>> ReadTextsAsync(string sql)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await using var reader = await command.ExecuteReaderAsync();
        var texts = new List<string>();
        while (await reader.ReadAsync())
        {
            texts.Add(reader.GetString(0));
        }

        return texts;
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync();
    }
}
