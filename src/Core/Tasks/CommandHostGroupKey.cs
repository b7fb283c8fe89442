using System.Globalization;

namespace TaskConsole.Core.Tasks;

/// <summary>What the CommandHosts of one group have in common. As text, it can stand in an address.</summary>
/// <param name="CommandIndex">Which command of the task.</param>
/// <param name="Status">Their status.</param>
/// <param name="Reason">Why; null: there is no reason.</param>
/// <param name="ExitCode">Of the attempt that counts; null: none.</param>
/// <param name="OutputHash">SHA-256 of what is kept, in lower-case hex; null: no output.</param>
public sealed record CommandHostGroupKey(int CommandIndex, CommandHostStatus Status, Reason? Reason, int? ExitCode, string? OutputHash)
{
    private const char Between = '_';
    private const int HashLength = 64;

    /// <summary>Reads what <see cref="ToString"/> wrote.</summary>
    public static bool TryParse(string? text, out CommandHostGroupKey? key)
    {
        key = null;
        if (text?.Split(Between) is not [var command, var status, var reason, var exit, var hash]
            || !int.TryParse(command, NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            || !TryName<CommandHostStatus>(status, out var parsedStatus)
            || !TryEmptyOr<Reason>(reason, TryName, out var parsedReason)
            || !TryEmptyOr<int>(exit, TryNumber, out var parsedExit)
            || !(hash.Length == 0 || (hash.Length == HashLength && hash.All(char.IsAsciiHexDigitLower))))
        {
            return false;
        }

        key = new CommandHostGroupKey(index, parsedStatus, parsedReason, parsedExit, hash.Length == 0 ? null : hash);
        return true;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{CommandIndex}{Between}{Status}{Between}{Reason}{Between}{ExitCode}{Between}{OutputHash}");

    internal IQueryable<CommandHost> Of(IQueryable<CommandHost> rows)
    {
        var hash = OutputHash is null ? null : Convert.FromHexString(OutputHash);
        return rows.Where(row => row.Status == Status && row.CommandIndex == CommandIndex && row.Reason == Reason && row.ExitCode == ExitCode && row.OutputHash == hash);
    }

    private delegate bool Parse<T>(string text, out T value);

    private static bool TryEmptyOr<T>(string text, Parse<T> parse, out T? value)
        where T : struct
    {
        value = null;
        if (text.Length == 0)
        {
            return true;
        }

        if (!parse(text, out var parsed))
        {
            return false;
        }

        value = parsed;
        return true;
    }

    private static bool TryName<T>(string text, out T value)
        where T : struct, Enum => Enum.TryParse(text, ignoreCase: false, out value) && Enum.IsDefined(value) && !char.IsAsciiDigit(text[0]);

    private static bool TryNumber(string text, out int value) => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value);
}
