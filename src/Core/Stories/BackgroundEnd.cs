using System.Globalization;
using System.Text.RegularExpressions;

namespace TaskConsole.Core.Stories;

/// <summary>How what an attempt left running in the background ended, as the detail of its story event writes it.</summary>
/// <param name="DroppedBytes">Bytes of output after the script's end, which were dropped.</param>
/// <param name="Killed">Processes that were ended because a person asked for it.</param>
public readonly partial record struct BackgroundEnd(long DroppedBytes, int Killed)
{
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{DroppedBytes} bytes of later output were dropped, {Killed} processes were ended on request");

    /// <summary>Reads what <see cref="ToString"/> wrote.</summary>
    public static bool TryRead(string? detail, out BackgroundEnd end)
    {
        end = default;
        var read = Form().Match(detail ?? "");
        if (!read.Success
            || !long.TryParse(read.Groups["bytes"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var bytes)
            || !int.TryParse(read.Groups["killed"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var killed))
        {
            return false;
        }

        end = new BackgroundEnd(bytes, killed);
        return true;
    }

    [GeneratedRegex("^(?<bytes>[0-9]+) bytes of later output were dropped, (?<killed>[0-9]+) processes were ended on request$", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Form();
}
