using System.Globalization;
using TaskConsole.Core.Problems;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Console.Api;

/// <summary>Reads the query of a request by name and gathers what is wrong, so that one answer names every field.</summary>
internal sealed class QueryReader(IQueryCollection query)
{
    /// <summary>Page size of a request that names none.</summary>
    public const int DefaultPageSize = 50;

    private readonly Dictionary<string, IReadOnlyList<CodedMessage>> _errors = new(StringComparer.Ordinal);

    /// <summary>What is wrong; null: nothing.</summary>
    public Problem? Problem => _errors.Count == 0 ? null : new Problem.Invalid(_errors);

    /// <summary>Notes an error that the caller found; the first of a name counts.</summary>
    public void Refuse(string name, string code, params ReadOnlySpan<(string Name, object Value)> arguments) => _errors.TryAdd(name, [CodedMessage.Of(code, arguments)]);

    public string? Text(string name) => query[name].ToString() is { Length: > 0 } text ? text : null;

    public T? Enumeration<T>(string name)
        where T : struct, Enum
    {
        if (Text(name) is not { } text)
        {
            return null;
        }

        var match = Enum.GetNames<T>().FirstOrDefault(known => known.Equals(text, StringComparison.OrdinalIgnoreCase));
        if (match is not null)
        {
            return Enum.Parse<T>(match);
        }

        Refuse(name, RequestProblemCode.FieldChoice, ("field", name), ("allowed", Enum.GetNames<T>()));
        return null;
    }

    public Guid? Id(string name)
    {
        if (Text(name) is not { } text)
        {
            return null;
        }

        if (Guid.TryParseExact(text, "D", out var id))
        {
            return id;
        }

        Refuse(name, RequestProblemCode.FieldType, ("field", name), ("type", "uuid"));
        return null;
    }

    public DateTimeOffset? Time(string name)
    {
        if (Text(name) is not { } text)
        {
            return null;
        }

        if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time))
        {
            return time;
        }

        Refuse(name, RequestProblemCode.FieldType, ("field", name), ("type", "time"));
        return null;
    }

    /// <summary>A whole number within bounds.</summary>
    public long? Number(string name, long least, long most)
    {
        if (Text(name) is not { } text)
        {
            return null;
        }

        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most)
        {
            return number;
        }

        Refuse(name, RequestProblemCode.FieldRange, ("field", name), ("least", least), ("most", most));
        return null;
    }

    /// <summary><c>page</c> and <c>pageSize</c>.</summary>
    public PageRequest Page()
    {
        var size = (int)(Number("pageSize", 1, PageRequest.MaxSize) ?? DefaultPageSize);
        var page = (int)(Number("page", 1, int.MaxValue / PageRequest.MaxSize) ?? 1);
        return new PageRequest(page, size);
    }
}
