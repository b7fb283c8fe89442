using System.Buffers;
using System.Text;

namespace TaskConsole.Core.Tasks.Composing;

public static partial class TaskSpecValidator
{
    private const int MaxInterpreterBytes = 255;
    private const int MaxWorkingDirectoryBytes = 4096;
    private const int MaxAccountNameLength = 32;

    private static readonly SearchValues<char> AccountCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789_-");

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
        CheckScript($"{path}.script", command.Script, errors);
        CheckRange($"{path}.timeoutSeconds", command.TimeoutSeconds, 1, MaxTimeoutSeconds, "A timeout in seconds", errors);
        CheckRange($"{path}.retries", command.Retries, 0, MaxRetries, "The number of retries", errors);
        CheckRange($"{path}.retryDelaySeconds", command.RetryDelaySeconds, 0, MaxRetryDelaySeconds, "The delay before a retry in seconds", errors);
        CheckEnum($"{path}.onFailure", command.OnFailure, errors);
        CheckInterpreter($"{path}.interpreter", command.Interpreter, errors);
        CheckWorkingDirectory($"{path}.workingDirectory", command.WorkingDirectory, errors);
        if (command.RunAs is { } account && !IsAccountName(account))
        {
            errors.Add($"{path}.runAs", "An account begins with a-z or _, then has at most 31 of a-z, 0-9, _ and -, and may end with $.");
        }
    }

    private static void CheckScript(string path, string? script, SpecErrors errors)
    {
        if (string.IsNullOrEmpty(script))
        {
            errors.Add(path, $"A script is needed, 1 to {MaxScriptBytes} bytes of UTF-8.");
            return;
        }

        if (CheckText(path, script, "A script", errors) && Encoding.UTF8.GetByteCount(script) is var size && size > MaxScriptBytes)
        {
            errors.Add(path, $"A script has 1 to {MaxScriptBytes} bytes of UTF-8, this one has {size}.");
        }
    }

    private static void CheckInterpreter(string path, string? interpreter, SpecErrors errors)
    {
        if (interpreter is null)
        {
            return;
        }

        if (string.IsNullOrWhiteSpace(interpreter)
            || Encoding.UTF8.GetByteCount(interpreter) > MaxInterpreterBytes
            || interpreter.AsSpan().ContainsAny(LineBreakOrNul)
            || !IsUnicode(interpreter))
        {
            errors.Add(path, $"An interpreter is a program such as /bin/sh or python3, 1 to {MaxInterpreterBytes} bytes without NUL or line break.");
        }
    }

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

    private static bool IsAccountName(ReadOnlySpan<char> name)
    {
        name = name.EndsWith('$') ? name[..^1] : name;
        return name.Length is >= 1 and <= MaxAccountNameLength
            && (char.IsAsciiLetterLower(name[0]) || name[0] == '_')
            && !name.ContainsAnyExcept(AccountCharacters);
    }
}
