using System.Data.Common;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;

namespace TaskConsole.Core.Persistence;

/// <summary>What the statements of both dialects need of ids, times and commands.</summary>
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

    public static object? Milliseconds(DateTimeOffset? time) => time?.ToUnixTimeMilliseconds();
}
