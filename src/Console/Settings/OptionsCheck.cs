using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;

namespace TaskConsole.Console.Settings;

/// <summary>
/// Checks the settings of an options class before anything binds them, by the types and ranges that the class declares,
/// so that each wrong one is answered by the same kind of sentence wherever its class lives.
/// </summary>
internal static class OptionsCheck
{
    /// <summary>Checks every simple property of <typeparamref name="TOptions"/> that <paramref name="section"/> sets.</summary>
    /// <exception cref="WrongSettingException">One is not allowed.</exception>
    public static void Check<TOptions>(IConfiguration configuration, string section)
    {
        foreach (var property in typeof(TOptions).GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            var setting = $"{section}:{property.Name}";
            if (configuration[setting] is not { } text || property.SetMethod is null)
            {
                continue;
            }

            var range = property.GetCustomAttribute<RangeAttribute>();
            var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
            if (!IsAllowed(type, text, range))
            {
                throw new WrongSettingException(setting, text, Allowed(type, range));
            }
        }
    }

    /// <summary>Checks one whole number that belongs to no options class of its section.</summary>
    /// <exception cref="WrongSettingException">It is not allowed.</exception>
    public static void CheckNumber(IConfiguration configuration, string setting, int least, int most)
    {
        var range = new RangeAttribute(least, most);
        if (configuration[setting] is { } text && !IsAllowed(typeof(int), text, range))
        {
            throw new WrongSettingException(setting, text, Allowed(typeof(int), range));
        }
    }

    private static bool IsAllowed(Type type, string text, RangeAttribute? range) => type switch
    {
        _ when type == typeof(bool) => bool.TryParse(text, out _),
        _ when type == typeof(int) => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && InRange(number, range),
        _ when type == typeof(long) => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && InRange(number, range),
        _ when type == typeof(double) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) && InRange(number, range),
        _ when type.IsEnum => Enum.GetNames(type).Contains(text, StringComparer.OrdinalIgnoreCase),
        _ => true,
    };

    private static bool InRange(double number, RangeAttribute? range) =>
        range is null ? number >= 0 : number >= Bound(range.Minimum) && number <= Bound(range.Maximum);

    private static double Bound(object bound) => Convert.ToDouble(bound, CultureInfo.InvariantCulture);

    private static string Allowed(Type type, RangeAttribute? range)
    {
        if (type == typeof(bool))
        {
            return "true or false";
        }

        if (type.IsEnum)
        {
            return string.Join(" or ", Enum.GetNames(type));
        }

        var kind = type == typeof(double) ? "a number" : "a whole number";
        return range is null
            ? $"{kind}, 0 or more"
            : string.Create(CultureInfo.InvariantCulture, $"{kind} from {range.Minimum} to {range.Maximum}");
    }
}
