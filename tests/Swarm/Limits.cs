using System.CommandLine;
using System.Globalization;
using System.Numerics;

namespace TaskConsole.Swarm;

/// <summary>What the value of an option may be; anything else is refused before something is started.</summary>
internal static class Limits
{
    public static Option<T> Within<T>(this Option<T> option, T least, T most)
        where T : struct, INumber<T>
    {
        Check(option, least, most);
        return option;
    }

    public static Option<T?> Within<T>(this Option<T?> option, T least, T most)
        where T : struct, INumber<T>
    {
        Check(option, least, most);
        return option;
    }

    /// <summary>A file in a folder that exists.</summary>
    public static Option<string?> InFolder(this Option<string?> option)
    {
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && (result.Tokens[0].Value.Length == 0 || !Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(result.Tokens[0].Value)))))
            {
                result.AddError($"{option.Name} must name a file in a folder that exists, not {result.Tokens[0].Value}.");
            }
        });
        return option;
    }

    private static void Check<T>(Option option, T least, T most)
        where T : struct, INumber<T> =>
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && T.TryParse(result.Tokens[0].Value, CultureInfo.InvariantCulture, out var value) && !(value >= least && value <= most))
            {
                result.AddError($"{option.Name} must be {least} to {most}, not {value}.");
            }
        });
}
