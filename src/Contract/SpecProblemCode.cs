namespace TaskConsole.Contract;

/// <summary>
/// Codes of what is wrong with a task that is composed. <c>longest</c> is the most that is allowed, <c>length</c> what
/// came: characters of names and descriptions, bytes of UTF-8 of all else. Each has a sentence in every language of
/// the pages. Behind each code stand its arguments.
/// </summary>
public static class SpecProblemCode
{
    /// <summary>The name is missing or blank. <c>longest</c>.</summary>
    public const string NameMissing = "task.name.missing";

    /// <summary>The name is too long. <c>longest, length</c>.</summary>
    public const string NameTooLong = "task.name.too-long";

    /// <summary>The name holds control characters.</summary>
    public const string NameControl = "task.name.control";

    /// <summary>The name holds half of a character.</summary>
    public const string NameUnicode = "task.name.unicode";

    /// <summary>The name of a command is blank. <c>longest</c>.</summary>
    public const string CommandNameMissing = "command.name.missing";

    /// <summary>The name of a command is too long. <c>longest, length</c>.</summary>
    public const string CommandNameTooLong = "command.name.too-long";

    /// <summary>The name of a command holds control characters.</summary>
    public const string CommandNameControl = "command.name.control";

    /// <summary>The name of a command holds half of a character.</summary>
    public const string CommandNameUnicode = "command.name.unicode";

    /// <summary>The description is too long. <c>longest, length</c>.</summary>
    public const string DescriptionTooLong = "task.description.too-long";

    /// <summary>A text holds NUL. <c>subject</c> is one of description, script, value, secret. <c>subject</c>.</summary>
    public const string TextNul = "text.nul";

    /// <summary>A text holds half of a character; <c>subject</c> as in <see cref="TextNul"/>. <c>subject</c>.</summary>
    public const string TextUnicode = "text.unicode";

    /// <summary>The value is beside those that are known. <c>allowed</c>.</summary>
    public const string Choice = "task.choice";

    /// <summary>The timeout of the task is out of its range, in seconds. <c>least, most, value</c>.</summary>
    public const string TimeoutRange = "task.timeout.range";

    /// <summary>The time to wait for a host is out of its range, in seconds. <c>least, most, value</c>.</summary>
    public const string WaitRange = "task.wait.range";

    /// <summary>A time to wait goes with <c>offlineHosts</c> Wait.</summary>
    public const string WaitAlone = "task.wait.alone";

    /// <summary>The engine does not do it yet. <c>feature</c> is one of lock, concurrency, failures, batches, pauses, batch-waits, order, steps. <c>field, feature</c>.</summary>
    public const string NotSupported = "task.not-supported";

    /// <summary>There are no commands, or too many. <c>longest, commands</c>.</summary>
    public const string CommandsCount = "task.commands";

    /// <summary>A command is null.</summary>
    public const string CommandMissing = "command.missing";

    /// <summary>The timeout of a command is out of its range, in seconds. <c>least, most, value</c>.</summary>
    public const string CommandTimeoutRange = "command.timeout.range";

    /// <summary>The number of retries is out of its range. <c>least, most, value</c>.</summary>
    public const string RetriesRange = "command.retries.range";

    /// <summary>The delay before a retry is out of its range, in seconds. <c>least, most, value</c>.</summary>
    public const string RetryDelayRange = "command.retry-delay.range";

    /// <summary>It is no name of an account. <c>longest</c>.</summary>
    public const string Account = "command.run-as";

    /// <summary>The script is empty. <c>longest</c>.</summary>
    public const string ScriptMissing = "command.script.missing";

    /// <summary>The script is too long. <c>longest, length</c>.</summary>
    public const string ScriptTooLong = "command.script.too-long";

    /// <summary>It is no interpreter. <c>longest</c>.</summary>
    public const string Interpreter = "command.interpreter";

    /// <summary>A quote is not closed; characters count from 1. <c>quote, character, longest</c>.</summary>
    public const string InterpreterQuote = "command.interpreter.quote";

    /// <summary>The last character is a backslash that quotes nothing. <c>longest</c>.</summary>
    public const string InterpreterBackslash = "command.interpreter.backslash";

    /// <summary>The first line of the script names an interpreter that is none. <c>longest</c>.</summary>
    public const string Shebang = "command.script.shebang";

    /// <summary>It is no absolute path. <c>longest</c>.</summary>
    public const string WorkingDirectory = "command.working-directory";

    /// <summary>The name of a parameter or variable is not allowed. <c>longest</c>.</summary>
    public const string VariableName = "variable.name";

    /// <summary>The name is one that a shell or the dynamic linker would act on.</summary>
    public const string VariableReserved = "variable.reserved";

    /// <summary>The value is null.</summary>
    public const string ValueMissing = "variable.value.missing";

    /// <summary>The value is too long. <c>longest, length</c>.</summary>
    public const string ValueTooLong = "variable.value.too-long";

    /// <summary>What one command is given is too long together. <c>longest, length</c>.</summary>
    public const string ValuesTooLong = "variables.too-long";

    /// <summary>The secret value is null. <c>shortest, longest</c>.</summary>
    public const string SecretMissing = "secret.missing";

    /// <summary>The secret value is too short to be masked. <c>shortest, longest, length</c>.</summary>
    public const string SecretTooShort = "secret.too-short";

    /// <summary>The secret value is blank.</summary>
    public const string SecretBlank = "secret.blank";

    /// <summary>The secret value is too long. <c>shortest, longest, length</c>.</summary>
    public const string SecretTooLong = "secret.too-long";

    /// <summary>The secret values of the task are too long together; <c>largest</c> names the longest. <c>longest, length, largest</c>.</summary>
    public const string SecretsTooLong = "secrets.too-long";

    /// <summary>A parameter has the same name.</summary>
    public const string SecretTwice = "secret.twice";
}
