using System.Buffers;
using System.Text;

namespace TaskConsole.Core.Tasks.Composing;

public static partial class TaskSpecValidator
{
    // What a shell or the dynamic linker would act on before the script does.
    private static readonly string[] ReservedNames = ["PATH", "IFS", "ENV", "BASH_ENV"];
    private static readonly string[] ReservedPrefixes = ["LD_", "TASKCONSOLE_"];

    private static readonly SearchValues<char> VariableCharacters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");

    private static void CheckVariables(TaskSpec spec, SpecErrors errors)
    {
        var parameters = CheckMap("parameters", spec.Parameters, errors);
        var secrets = CheckMap("secretParameters", spec.SecretParameters, errors);
        foreach (var name in spec.SecretParameters?.Keys ?? [])
        {
            if (spec.Parameters?.ContainsKey(name) == true)
            {
                errors.Add($"secretParameters.{name}", "A name is either in parameters or in secretParameters, not in both.");
            }
        }

        var (largest, environment) = ("parameters", 0L);
        for (var index = 0; index < (spec.Commands?.Count ?? 0); index++)
        {
            var path = $"commands[{index}].environment";
            if (CheckMap(path, spec.Commands![index]?.Environment, errors) is var size && size > environment)
            {
                (largest, environment) = (path, size);
            }
        }

        if (parameters + secrets + environment is var all && all > MaxValuesBytes)
        {
            var blamed = parameters + secrets <= MaxValuesBytes ? largest : parameters >= secrets ? "parameters" : "secretParameters";
            errors.Add(blamed, $"Names and values of parameters, secret parameters and the environment of one command have at most {MaxValuesBytes} bytes of UTF-8 together, these have {all}.");
        }
    }

    /// <summary>Checks names and values; answers how many bytes they have together.</summary>
    private static long CheckMap(string path, IReadOnlyDictionary<string, string>? map, SpecErrors errors)
    {
        var size = 0L;
        foreach (var (name, value) in map ?? new Dictionary<string, string>(StringComparer.Ordinal))
        {
            var at = $"{path}.{name}";
            CheckVariableName(at, name, errors);
            size += Encoding.UTF8.GetByteCount(name) + CheckValue(at, value, errors);
        }

        return size;
    }

    private static void CheckVariableName(string path, string name, SpecErrors errors)
    {
        if (!IsVariableName(name))
        {
            errors.Add(path, $"A name begins with a letter or _ and has only A-Z, a-z, 0-9 and _, at most {MaxVariableNameLength} characters.");
        }
        else if (ReservedNames.Contains(name, StringComparer.Ordinal)
            || ReservedPrefixes.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal)))
        {
            errors.Add(path, "A name may be any but PATH, IFS, ENV, BASH_ENV and those that begin with LD_ or TASKCONSOLE_.");
        }
    }

    private static int CheckValue(string path, string? value, SpecErrors errors)
    {
        if (value is null)
        {
            errors.Add(path, "A value is needed; it may be an empty text.");
            return 0;
        }

        var size = Encoding.UTF8.GetByteCount(value);
        if (CheckText(path, value, "A value", errors) && size > MaxValueBytes)
        {
            errors.Add(path, $"A value has at most {MaxValueBytes} bytes of UTF-8, this one has {size}.");
        }

        return size;
    }

    private static bool IsVariableName(ReadOnlySpan<char> name) =>
        name.Length is >= 1 and <= MaxVariableNameLength
        && !char.IsAsciiDigit(name[0])
        && !name.ContainsAnyExcept(VariableCharacters);
}
