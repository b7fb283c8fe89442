using Microsoft.EntityFrameworkCore;
using TaskConsole.Core.Persistence;

namespace TaskConsole.Core.Tests.Persistence;

/// <summary>Tells a real schema in lines that can be compared with those of the model.</summary>
internal static class SchemaReader
{
    public static string Column(string table, string name, string type, bool nullable) =>
        $"{table}.{name} {type.ToLowerInvariant()}{(nullable ? "" : " not null")}";

    public static string PrimaryKey(string table, IEnumerable<string> columns) => $"{table} key ({string.Join(", ", columns)})";

    public static string Index(string table, string name, bool unique, IEnumerable<string> columns) =>
        $"{table} {(unique ? "unique " : "")}index {name} ({string.Join(", ", columns)})";

    public static string ForeignKey(string table, IEnumerable<string> columns, string principal, bool cascade) =>
        $"{table} ({string.Join(", ", columns)}) refers to {principal}{(cascade ? " cascade" : "")}";

    public static async Task<List<string>> OfSqliteAsync(TaskConsoleContext context)
    {
        var lines = new List<string>();
        foreach (var row in await RowsAsync(context, "SELECT m.name, c.name, c.type, c.\"notnull\" FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE '\\_\\_EF%' ESCAPE '\\' AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"))
        {
            lines.Add(Column(row[0], row[1], row[2], row[3] == "0"));
        }

        lines.AddRange(Grouped(
            await RowsAsync(context, "SELECT m.name, '', 0, c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND c.pk > 0 AND m.name NOT LIKE '\\_\\_EF%' ESCAPE '\\' ORDER BY m.name, c.pk"),
            (table, _, _, columns) => PrimaryKey(table, columns)));
        lines.AddRange(Grouped(
            await RowsAsync(context, "SELECT m.name, i.name, i.\"unique\", c.name FROM sqlite_master m JOIN pragma_index_list(m.name) i JOIN pragma_index_info(i.name) c WHERE m.type = 'table' AND i.origin = 'c' ORDER BY m.name, i.name, c.seqno"),
            (table, name, unique, columns) => Index(table, name, unique == "1", columns)));
        lines.AddRange(Grouped(
            await RowsAsync(context, "SELECT m.name, f.\"table\" || '/' || f.id, f.on_delete, f.\"from\" FROM sqlite_master m JOIN pragma_foreign_key_list(m.name) f WHERE m.type = 'table' ORDER BY m.name, f.id, f.seq"),
            (table, principal, action, columns) => ForeignKey(table, columns, principal.Split('/')[0], action == "CASCADE")));
        return lines;
    }

    public static async Task<List<string>> OfMySqlAsync(TaskConsoleContext context)
    {
        var lines = new List<string>();
        foreach (var row in await RowsAsync(context, "SELECT table_name, column_name, column_type, is_nullable FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name NOT LIKE '\\_\\_%'"))
        {
            lines.Add(Column(row[0], row[1], WithoutWidth(row[2]), row[3] == "YES"));
        }

        var indexes = await RowsAsync(context, "SELECT table_name, index_name, non_unique, column_name FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name NOT LIKE '\\_\\_%' ORDER BY table_name, index_name, seq_in_index");
        lines.AddRange(Grouped(indexes.Where(row => row[1] == "PRIMARY"), (table, _, _, columns) => PrimaryKey(table, columns)));
        lines.AddRange(Grouped(indexes.Where(row => row[1] != "PRIMARY"), (table, name, other, columns) => Index(table, name, other == "0", columns)));
        lines.AddRange(Grouped(
            await RowsAsync(context, "SELECT k.table_name, CONCAT(k.referenced_table_name, '/', k.constraint_name), r.delete_rule, k.column_name FROM information_schema.key_column_usage k JOIN information_schema.referential_constraints r ON r.constraint_schema = k.constraint_schema AND r.constraint_name = k.constraint_name AND r.table_name = k.table_name WHERE k.table_schema = DATABASE() ORDER BY 1, 2, k.ordinal_position"),
            (table, principal, action, columns) => ForeignKey(table, columns, principal.Split('/')[0], action == "CASCADE")));
        return lines;
    }

    // MariaDB shows a display width for integers; MySQL 8 does not, and neither means anything but tinyint(1).
    private static string WithoutWidth(string type) =>
        type.StartsWith("tinyint(1)", StringComparison.Ordinal) || !type.Contains("int(", StringComparison.Ordinal)
            ? type
            : type[..type.IndexOf('(', StringComparison.Ordinal)] + type[(type.IndexOf(')', StringComparison.Ordinal) + 1)..];

    private static IEnumerable<string> Grouped(IEnumerable<string[]> rows, Func<string, string, string, IEnumerable<string>, string> line) =>
        rows.GroupBy(row => (row[0], row[1], row[2])).Select(group => line(group.Key.Item1, group.Key.Item2, group.Key.Item3, group.Select(row => row[3])));

    private static async Task<List<string[]>> RowsAsync(TaskConsoleContext context, string query)
    {
        await context.Database.OpenConnectionAsync();
        await using var command = context.Database.GetDbConnection().CreateCommand();
        command.CommandText = query;
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<string[]>();
        while (await reader.ReadAsync())
        {
            rows.Add([.. Enumerable.Range(0, reader.FieldCount).Select(place => Convert.ToString(reader.GetValue(place), System.Globalization.CultureInfo.InvariantCulture)!)]);
        }

        return rows;
    }
}
