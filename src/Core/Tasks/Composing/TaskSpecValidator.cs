using System.Buffers;
using System.Text;
using TaskConsole.Core.Problems;

namespace TaskConsole.Core.Tasks.Composing;

/// <summary>Checks a <see cref="TaskSpec"/> by itself: everything that can be said without looking at hosts.</summary>
public static partial class TaskSpecValidator
{
    /// <summary>Most commands in a task.</summary>
    public const int MaxCommands = 50;

    /// <summary>Longest name of a command, in characters.</summary>
    public const int MaxCommandNameLength = 200;

    /// <summary>Largest script, in bytes of UTF-8.</summary>
    public const int MaxScriptBytes = 256 * 1024;

    /// <summary>Longest timeout of a command, in seconds.</summary>
    public const int MaxTimeoutSeconds = 604_800;

    /// <summary>Largest value of a parameter or environment variable, in bytes of UTF-8.</summary>
    public const int MaxValueBytes = 100 * 1024;

    /// <summary>Smallest value of a secret parameter, in bytes of UTF-8.</summary>
    public const int MinSecretBytes = 4;

    /// <summary>Largest value of a secret parameter, in bytes of UTF-8.</summary>
    public const int MaxSecretBytes = 16 * 1024;

    /// <summary>All values of the secret parameters of a task, in bytes of UTF-8.</summary>
    public const int MaxSecretsBytes = 64 * 1024;

    /// <summary>Names and values of all that one command is given, in bytes of UTF-8.</summary>
    public const int MaxValuesBytes = 1024 * 1024;

    /// <summary>Longest name of a parameter or environment variable, in characters.</summary>
    public const int MaxVariableNameLength = 255;

    /// <summary>Most retries of a command.</summary>
    public const int MaxRetries = 10;

    /// <summary>Longest delay before a retry, in seconds.</summary>
    public const int MaxRetryDelaySeconds = 86_400;

    /// <summary>Most hosts that a task can name by id.</summary>
    public const int MaxHostIds = 200_000;

    private static readonly NameCodes TaskName =
        new(SpecProblemCode.NameMissing, SpecProblemCode.NameTooLong, SpecProblemCode.NameControl, SpecProblemCode.NameUnicode);

    private static readonly NameCodes CommandName =
        new(SpecProblemCode.CommandNameMissing, SpecProblemCode.CommandNameTooLong, SpecProblemCode.CommandNameControl, SpecProblemCode.CommandNameUnicode);

    private static readonly SearchValues<char> LineBreakOrNul = SearchValues.Create("\0\r\n");

    /// <summary>Checks a task.</summary>
    /// <returns>
    /// Path of the field as the caller wrote it (<c>commands[0].script</c>) to what is wrong and what is allowed;
    /// empty when all is well.
    /// </returns>
    public static IReadOnlyDictionary<string, IReadOnlyList<CodedMessage>> Validate(TaskSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        var errors = new InputErrors();
        CheckHead(spec, errors);
        CheckCommands(spec.Commands, errors);
        CheckTargets(spec.Targets, errors);
        CheckVariables(spec, errors);
        CheckUnsupported(spec, errors);
        return errors.ToDictionary();
    }

    private static void CheckHead(TaskSpec spec, InputErrors errors)
    {
        CheckName("name", spec.Name, OpsTask.MaxNameLength, TaskName, errors);
        if (spec.Description is { } description)
        {
            if (LengthOf(description) > OpsTask.MaxDescriptionLength)
            {
                errors.Add("description", SpecProblemCode.DescriptionTooLong, ("longest", OpsTask.MaxDescriptionLength), ("length", LengthOf(description)));
            }

            CheckText("description", description, "description", errors);
        }

        CheckEnum("priority", spec.Priority, errors);
        CheckEnum("offlineHosts", spec.OfflineHosts, errors);
        CheckRange("timeoutSeconds", spec.TimeoutSeconds, 1, MaxTimeoutSeconds, SpecProblemCode.TimeoutRange, errors);
        CheckRange("waitSeconds", spec.WaitSeconds, 1, MaxTimeoutSeconds, SpecProblemCode.WaitRange, errors);
        if (spec.WaitSeconds is not null && spec.OfflineHosts != OfflineHosts.Wait)
        {
            errors.Add("waitSeconds", SpecProblemCode.WaitAlone);
        }
    }

    private static void CheckName(string path, string? name, int longest, NameCodes codes, InputErrors errors)
    {
        if (string.IsNullOrWhiteSpace(name))
        {
            errors.Add(path, codes.Missing, ("longest", longest));
            return;
        }

        if (LengthOf(name) > longest)
        {
            errors.Add(path, codes.TooLong, ("longest", longest), ("length", LengthOf(name)));
        }

        if (name.Any(char.IsControl))
        {
            errors.Add(path, codes.Control);
        }

        if (!IsUnicode(name))
        {
            errors.Add(path, codes.Unicode);
        }
    }

    /// <summary>Text that is kept as it is: any valid Unicode without NUL.</summary>
    private static bool CheckText(string path, string text, string subject, InputErrors errors)
    {
        if (text.Contains('\0', StringComparison.Ordinal))
        {
            errors.Add(path, SpecProblemCode.TextNul, ("subject", subject));
            return false;
        }

        if (!IsUnicode(text))
        {
            errors.Add(path, SpecProblemCode.TextUnicode, ("subject", subject));
            return false;
        }

        return true;
    }

    private static void CheckEnum<T>(string path, T? value, InputErrors errors)
        where T : struct, Enum
    {
        if (value is { } named && !Enum.IsDefined(named))
        {
            errors.Add(path, SpecProblemCode.Choice, ("allowed", Enum.GetNames<T>()));
        }
    }

    private static void CheckRange(string path, int? value, int lowest, int highest, string code, InputErrors errors)
    {
        if (value is { } given && (given < lowest || given > highest))
        {
            errors.Add(path, code, ("least", lowest), ("most", highest), ("value", given));
        }
    }

    /// <summary>Characters as people and the database count them: one outside the basic plane is one, not two.</summary>
    private static int LengthOf(string text) => text.EnumerateRunes().Count();

    private static bool IsUnicode(string text)
    {
        var rest = text.AsSpan();
        while (!rest.IsEmpty)
        {
            if (Rune.DecodeFromUtf16(rest, out _, out var used) != OperationStatus.Done)
            {
                return false;
            }

            rest = rest[used..];
        }

        return true;
    }

    /// <summary>What may be wrong with a name.</summary>
    private sealed record NameCodes(string Missing, string TooLong, string Control, string Unicode);
}
