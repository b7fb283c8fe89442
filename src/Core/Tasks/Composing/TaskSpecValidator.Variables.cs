using System.Buffers;
using System.Text;
using TaskConsole.Core.Problems;

namespace TaskConsole.Core.Tasks.Composing;

public static partial class TaskSpecValidator
{
    // What a shell or the dynamic linker would act on before the script does.
    private static readonly string[] ReservedNames = ["PATH", "IFS", "ENV", "BASH_ENV"];
    private static readonly string[] ReservedPrefixes = ["LD_", "TASKCONSOLE_"];

    private static readonly SearchValues<char> VariableCharacters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");

    private static void CheckVariables(TaskSpec spec, InputErrors errors)
    {
        var parameters = CheckMap("parameters", spec.Parameters, CheckValue, errors);
        var secrets = CheckMap("secretParameters", spec.SecretParameters, CheckSecret, errors);
        CheckSecretsTogether(spec.SecretParameters, errors);
        foreach (var name in spec.SecretParameters?.Keys ?? [])
        {
            if (spec.Parameters?.ContainsKey(name) == true)
            {
                errors.Add($"secretParameters.{name}", SpecProblemCode.SecretTwice);
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
            errors.Add(blamed, SpecProblemCode.ValuesTooLong, ("longest", MaxValuesBytes), ("length", all));
        }
    }

    /// <summary>Checks names and values; answers how many bytes they have together.</summary>
    private static long CheckMap(string path, IReadOnlyDictionary<string, string>? map, Func<string, string?, InputErrors, int> checkValue, InputErrors errors)
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

    private static void CheckVariableName(string path, string name, InputErrors errors)
    {
        if (!IsVariableName(name))
        {
            errors.Add(path, SpecProblemCode.VariableName, ("longest", MaxVariableNameLength));
        }
        else if (ReservedNames.Contains(name, StringComparer.Ordinal)
            || ReservedPrefixes.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal)))
        {
            errors.Add(path, SpecProblemCode.VariableReserved);
        }
    }

    private static int CheckValue(string path, string? value, InputErrors errors)
    {
        if (value is null)
        {
            errors.Add(path, SpecProblemCode.ValueMissing);
            return 0;
        }

        var size = Encoding.UTF8.GetByteCount(value);
        if (CheckText(path, value, "value", errors) && size > MaxValueBytes)
        {
            errors.Add(path, SpecProblemCode.ValueTooLong, ("longest", MaxValueBytes), ("length", size));
        }

        return size;
    }

    // What is masked in output must be long enough to be told from ordinary text, and short enough to be looked for in all of it.
    private static int CheckSecret(string path, string? value, InputErrors errors)
    {
        if (value is null)
        {
            errors.Add(path, SpecProblemCode.SecretMissing, ("shortest", MinSecretBytes), ("longest", MaxSecretBytes));
            return 0;
        }

        var size = Encoding.UTF8.GetByteCount(value);
        if (!CheckText(path, value, "secret", errors))
        {
            return size;
        }

        if (size < MinSecretBytes)
        {
            errors.Add(path, SpecProblemCode.SecretTooShort, ("shortest", MinSecretBytes), ("longest", MaxSecretBytes), ("length", size));
        }
        else if (string.IsNullOrWhiteSpace(value))
        {
            errors.Add(path, SpecProblemCode.SecretBlank);
        }
        else if (size > MaxSecretBytes)
        {
            errors.Add(path, SpecProblemCode.SecretTooLong, ("shortest", MinSecretBytes), ("longest", MaxSecretBytes), ("length", size));
        }

        return size;
    }

    private static void CheckSecretsTogether(IReadOnlyDictionary<string, string>? secrets, InputErrors errors)
    {
        var sizes = (secrets ?? new Dictionary<string, string>(StringComparer.Ordinal)).Select(secret => (Name: secret.Key, Bytes: Encoding.UTF8.GetByteCount(secret.Value ?? ""))).ToList();
        var all = sizes.Sum(secret => (long)secret.Bytes);
        if (all > MaxSecretsBytes && sizes.TrueForAll(secret => secret.Bytes <= MaxSecretBytes))
        {
            errors.Add("secretParameters", SpecProblemCode.SecretsTooLong, ("longest", MaxSecretsBytes), ("length", all), ("largest", sizes.MaxBy(secret => secret.Bytes).Name));
        }
    }

    private static bool IsVariableName(ReadOnlySpan<char> name) =>
        name.Length is >= 1 and <= MaxVariableNameLength
        && !char.IsAsciiDigit(name[0])
        && !name.ContainsAnyExcept(VariableCharacters);
}
