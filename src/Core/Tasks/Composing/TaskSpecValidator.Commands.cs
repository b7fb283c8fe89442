using System.Text;

namespace TaskConsole.Core.Tasks.Composing;

public static partial class TaskSpecValidator
{
    /// <summary>Longest interpreter with its arguments and a blank between, in bytes of UTF-8.</summary>
    public const int MaxInterpreterBytes = 1024;

    /// <summary>Longest name of an account, in bytes of UTF-8.</summary>
    public const int MaxAccountBytes = 256;

    private const int MaxWorkingDirectoryBytes = 4096;

    private static readonly string InterpreterRule =
        $"An interpreter is a program and its arguments such as /bin/bash -e or python3, 1 to {MaxInterpreterBytes} bytes of UTF-8 together, without NUL or line break.";

    private static void CheckCommands(IReadOnlyList<CommandSpec>? commands, SpecErrors errors)
    {
        if (commands is null or { Count: 0 } or { Count: > MaxCommands })
        {
            errors.Add("commands", $"A task has 1 to {MaxCommands} commands, this one has {commands?.Count ?? 0}.");
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
                errors.Add(path, "A command with at least a script is needed.");
            }
        }
    }

    private static void CheckCommand(string path, CommandSpec command, SpecErrors errors)
    {
        CheckName($"{path}.name", command.Name, MaxCommandNameLength, required: false, errors);
        var script = command.Script is null ? "" : ScriptText.Normalise(command.Script).Text;
        CheckScript($"{path}.script", script, errors);
        CheckRange($"{path}.timeoutSeconds", command.TimeoutSeconds, 1, MaxTimeoutSeconds, "A timeout in seconds", errors);
        CheckRange($"{path}.retries", command.Retries, 0, MaxRetries, "The number of retries", errors);
        CheckRange($"{path}.retryDelaySeconds", command.RetryDelaySeconds, 0, MaxRetryDelaySeconds, "The delay before a retry in seconds", errors);
        CheckEnum($"{path}.onFailure", command.OnFailure, errors);
        CheckInterpreter(path, command.Interpreter, script, errors);
        CheckWorkingDirectory($"{path}.workingDirectory", command.WorkingDirectory, errors);
        if (command.RunAs is { } account && !IsAccountName(account))
        {
            errors.Add($"{path}.runAs", $"An account is a name such as www-data, john.doe, DOMAIN\\user or user@realm, 1 to {MaxAccountBytes} bytes of UTF-8; it does not begin with - and has no blank, control character, : or /.");
        }
    }

    private static void CheckScript(string path, string script, SpecErrors errors)
    {
        if (script.Length == 0)
        {
            errors.Add(path, $"A script is needed, 1 to {MaxScriptBytes} bytes of UTF-8.");
            return;
        }

        if (CheckText(path, script, "A script", errors) && Encoding.UTF8.GetByteCount(script) is var size && size > MaxScriptBytes)
        {
            errors.Add(path, $"A script has 1 to {MaxScriptBytes} bytes of UTF-8, this one has {size}.");
        }
    }

    private static void CheckInterpreter(string path, InterpreterSpec? interpreter, string script, SpecErrors errors)
    {
        if (interpreter is null)
        {
            if (Shebang.Read(script) is { } shebang && !IsInterpreter(shebang))
            {
                errors.Add($"{path}.script", $"The first line names an interpreter that cannot be used. {InterpreterRule}");
            }
        }
        else if (!interpreter.TryRead(out var words, out var error))
        {
            errors.Add($"{path}.interpreter", $"{error} {InterpreterRule}");
        }
        else if (!IsInterpreter(words))
        {
            errors.Add($"{path}.interpreter", InterpreterRule);
        }
    }

    private static bool IsInterpreter(IReadOnlyList<string> words) =>
        words.Count > 0
        && !string.IsNullOrWhiteSpace(words[0])
        && words.Sum(word => (long)Encoding.UTF8.GetByteCount(word)) + words.Count - 1 <= MaxInterpreterBytes
        && words.All(word => !word.AsSpan().ContainsAny(LineBreakOrNul) && IsUnicode(word));

    private static void CheckWorkingDirectory(string path, string? directory, SpecErrors errors)
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
            errors.Add(path, $"A working directory is an absolute path that begins with /, at most {MaxWorkingDirectoryBytes} bytes without NUL.");
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
