using System.Text;
using TaskConsole.Core.Problems;

namespace TaskConsole.Core.Tasks.Composing;

public static partial class TaskSpecValidator
{
    /// <summary>Longest interpreter with its arguments and a blank between, in bytes of UTF-8.</summary>
    public const int MaxInterpreterBytes = 1024;

    /// <summary>Longest name of an account, in bytes of UTF-8.</summary>
    public const int MaxAccountBytes = 256;

    private const int MaxWorkingDirectoryBytes = 4096;

    private static void CheckCommands(IReadOnlyList<CommandSpec>? commands, InputErrors errors)
    {
        if (commands is null or { Count: 0 } or { Count: > MaxCommands })
        {
            errors.Add("commands", SpecProblemCode.CommandsCount, ("longest", MaxCommands), ("commands", commands?.Count ?? 0));
            return;
        }

        for (var index = 0; index < commands.Count; index++)
        {
            var path = $"commands[{index}]";
            if (commands[index] is { } command)
            {
                CheckCommand(path, command, errors);
            }
            else
            {
                errors.Add(path, SpecProblemCode.CommandMissing);
            }
        }
    }

    private static void CheckCommand(string path, CommandSpec command, InputErrors errors)
    {
        if (command.Name is { } name)
        {
            CheckName($"{path}.name", name, MaxCommandNameLength, CommandName, errors);
        }

        var script = command.Script is null ? "" : ScriptText.Normalise(command.Script).Text;
        CheckScript($"{path}.script", script, errors);
        CheckRange($"{path}.timeoutSeconds", command.TimeoutSeconds, 1, MaxTimeoutSeconds, SpecProblemCode.CommandTimeoutRange, errors);
        CheckRange($"{path}.retries", command.Retries, 0, MaxRetries, SpecProblemCode.RetriesRange, errors);
        CheckRange($"{path}.retryDelaySeconds", command.RetryDelaySeconds, 0, MaxRetryDelaySeconds, SpecProblemCode.RetryDelayRange, errors);
        CheckEnum($"{path}.onFailure", command.OnFailure, errors);
        CheckInterpreter(path, command.Interpreter, script, errors);
        CheckWorkingDirectory($"{path}.workingDirectory", command.WorkingDirectory, errors);
        if (command.RunAs is { } account && !IsAccountName(account))
        {
            errors.Add($"{path}.runAs", SpecProblemCode.Account, ("longest", MaxAccountBytes));
        }
    }

    private static void CheckScript(string path, string script, InputErrors errors)
    {
        if (script.Length == 0)
        {
            errors.Add(path, SpecProblemCode.ScriptMissing, ("longest", MaxScriptBytes));
            return;
        }

        if (CheckText(path, script, "script", errors) && Encoding.UTF8.GetByteCount(script) is var size && size > MaxScriptBytes)
        {
            errors.Add(path, SpecProblemCode.ScriptTooLong, ("longest", MaxScriptBytes), ("length", size));
        }
    }

    private static void CheckInterpreter(string path, InterpreterSpec? interpreter, string script, InputErrors errors)
    {
        if (interpreter is null)
        {
            if (Shebang.Read(script) is { } shebang && !IsInterpreter(shebang))
            {
                errors.Add($"{path}.script", SpecProblemCode.Shebang, ("longest", MaxInterpreterBytes));
            }
        }
        else if (!interpreter.TryRead(out var words, out var error))
        {
            errors.Add($"{path}.interpreter", error);
        }
        else if (!IsInterpreter(words))
        {
            errors.Add($"{path}.interpreter", SpecProblemCode.Interpreter, ("longest", MaxInterpreterBytes));
        }
    }

    private static bool IsInterpreter(IReadOnlyList<string> words) =>
        words.Count > 0
        && !string.IsNullOrWhiteSpace(words[0])
        && words.Sum(word => (long)Encoding.UTF8.GetByteCount(word)) + words.Count - 1 <= MaxInterpreterBytes
        && words.All(word => !word.AsSpan().ContainsAny(LineBreakOrNul) && IsUnicode(word));

    private static void CheckWorkingDirectory(string path, string? directory, InputErrors errors)
    {
        if (directory is null)
        {
            return;
        }

        if (!directory.StartsWith('/')
            || Encoding.UTF8.GetByteCount(directory) > MaxWorkingDirectoryBytes
            || directory.Contains('\0', StringComparison.Ordinal)
            || !IsUnicode(directory))
        {
            errors.Add(path, SpecProblemCode.WorkingDirectory, ("longest", MaxWorkingDirectoryBytes));
        }
    }

    // What useradd and directory services allow; a colon ends a field of passwd(5), and a slash would leave the folder of homes.
    private static bool IsAccountName(string name) =>
        name.Length > 0
        && Encoding.UTF8.GetByteCount(name) <= MaxAccountBytes
        && name[0] != '-'
        && !name.Any(one => one is ':' or '/' || char.IsControl(one) || char.IsWhiteSpace(one))
        && IsUnicode(name);
}
