namespace TaskConsole.Console.Settings;

/// <summary>A setting is wrong: the start stops, and <see cref="Exception.Message"/> is the one sentence that says which, what it is and what is allowed.</summary>
internal sealed class WrongSettingException(string sentence) : Exception(sentence)
{
    /// <summary>Names the setting, its value and what is allowed (<c>a whole number from 1 to 10</c>).</summary>
    public WrongSettingException(string setting, string? value, string allowed)
        : this(string.IsNullOrWhiteSpace(value) ? $"{setting} is not set; it must be {allowed}." : $"{setting} is '{value}'; it must be {allowed}.")
    {
    }
}
