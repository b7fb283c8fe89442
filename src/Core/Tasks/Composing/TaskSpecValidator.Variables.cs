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
        var parameters = CheckMap("parameters", spec.Parameters, CheckValue, errors);
        var secrets = CheckMap("secretParameters", spec.SecretParameters, CheckSecret, errors);
        CheckSecretsTogether(spec.SecretParameters, errors);
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
            if (CheckMap(path, spec.Commands![index]?.Environment, CheckValue, errors) is var size && size > environment)
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
    private static long CheckMap(string path, IReadOnlyDictionary<string, string>? map, Func<string, string?, SpecErrors, int> checkValue, SpecErrors errors)
    {
        var size = 0L;
        foreach (var (name, value) in map ?? new Dictionary<string, string>(StringComparer.Ordinal))
        {
            var at = $"{path}.{name}";
            CheckVariableName(at, name, errors);
            size += Encoding.UTF8.GetByteCount(name) + checkValue(at, value, errors);
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

    // What is masked in output must be long enough to be told from ordinary text, and short enough to be looked for in all of it.
    private static int CheckSecret(string path, string? value, SpecErrors errors)
    {
        if (value is null)
        {
            errors.Add(path, $"A secret value is needed, {MinSecretBytes} to {MaxSecretBytes} bytes of UTF-8 and not only blanks.");
            return 0;
        }

        var size = Encoding.UTF8.GetByteCount(value);
        if (!CheckText(path, value, "A secret value", errors))
        {
            return size;
        }

        if (size < MinSecretBytes)
        {
            errors.Add(path, $"A secret value has {MinSecretBytes} to {MaxSecretBytes} bytes of UTF-8, this one has {size}: it is masked wherever it stands in the output, and masking something so short would make the output unreadable.");
        }
        else if (string.IsNullOrWhiteSpace(value))
        {
            errors.Add(path, "A secret value is not only blanks: it is masked wherever it stands in the output, and masking blanks would make the output unreadable.");
        }
        else if (size > MaxSecretBytes)
        {
            errors.Add(path, $"A secret value has {MinSecretBytes} to {MaxSecretBytes} bytes of UTF-8, this one has {size}: all output is searched for it, and something so long would slow every script down.");
        }

        return size;
    }

    private static void CheckSecretsTogether(IReadOnlyDictionary<string, string>? secrets, SpecErrors errors)
    {
        var sizes = (secrets ?? new Dictionary<string, string>(StringComparer.Ordinal)).Select(secret => (Name: secret.Key, Bytes: Encoding.UTF8.GetByteCount(secret.Value ?? ""))).ToList();
        var all = sizes.Sum(secret => (long)secret.Bytes);
        if (all > MaxSecretsBytes && sizes.TrueForAll(secret => secret.Bytes <= MaxSecretBytes))
        {
            errors.Add("secretParameters", $"All secret values of a task have at most {MaxSecretsBytes} bytes of UTF-8 together, these have {all}; the largest is {sizes.MaxBy(secret => secret.Bytes).Name}. All output is searched for them, and more would slow every script down.");
        }
    }

    private static bool IsVariableName(ReadOnlySpan<char> name) =>
        name.Length is >= 1 and <= MaxVariableNameLength
        && !char.IsAsciiDigit(name[0])
        && !name.ContainsAnyExcept(VariableCharacters);
}
