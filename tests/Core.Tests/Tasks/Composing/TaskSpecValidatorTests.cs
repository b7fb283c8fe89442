using TaskConsole.Core.Tasks;
using TaskConsole.Core.Tasks.Composing;

namespace TaskConsole.Core.Tests.Tasks.Composing;

/// <summary>Both sides of every border of the contract's task.</summary>
public sealed class TaskSpecValidatorTests
{
    private static readonly TaskSpec Good = new()
    {
        Name = "Restart web",
        Commands = [new CommandSpec { Script = "echo hi" }],
        Targets = new TargetSpec { All = true },
    };

    [Fact]
    public void A_small_task_and_one_with_everything_are_allowed()
    {
        AssertAllowed(Good);
        AssertAllowed(Good with
        {
            Description = "Line one\nline two",
            Priority = TaskPriority.Critical,
            OfflineHosts = OfflineHosts.Skip,
            Rollout = new RolloutSpec(),
            Parameters = Map(("VERSION", "1.2")),
            SecretParameters = Map(("TOKEN", "s3cret")),
            Start = true,
            Commands =
            [
                new CommandSpec
                {
                    Name = "drain",
                    Script = "exit 0",
                    Interpreter = InterpreterSpec.Line("/usr/bin/env python3"),
                    TimeoutSeconds = 60,
                    WorkingDirectory = "/srv",
                    RunAs = "www-data",
                    OnFailure = OnFailure.StopTask,
                    Retries = 2,
                    RetryDelaySeconds = 5,
                    Environment = Map(("lower_1", "")),
                },
            ],
        });
    }

    [Fact]
    public void Every_error_is_told_at_once_under_the_path_that_the_caller_wrote()
    {
        var errors = TaskSpecValidator.Validate(new TaskSpec
        {
            Commands = [new CommandSpec { Script = "" }, new CommandSpec { Script = "x", TimeoutSeconds = -1, Environment = Map(("PATH", "/")) }],
            Targets = new TargetSpec { Selector = "env in (" },
            Parameters = Map(("LD_PRELOAD", "x.so")),
            SecretParameters = Map(("1X", "yyyy")),
        });
        Assert.Equal(
            ["commands[0].script", "commands[1].environment.PATH", "commands[1].timeoutSeconds", "name", "parameters.LD_PRELOAD", "secretParameters.1X", "targets.selector"],
            errors.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(
            ["command.script.missing", "command.timeout.range", "selector.syntax", "task.name.missing", "variable.name", "variable.reserved", "variable.reserved"],
            errors.Values.SelectMany(messages => messages).Select(message => message.Code).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(200, true)]
    [InlineData(201, false)]
    [InlineData(10_000, false)]
    public void A_name_has_1_to_200_characters(int length, bool allowed)
    {
        AssertAllowed(allowed, "name", Good with { Name = new string('n', length) });
        AssertAllowed(allowed, "name", Good with { Name = string.Concat(Enumerable.Repeat("😀", length)) });
        AssertAllowed(allowed, "commands[0].name", WithCommand(new CommandSpec { Script = "x", Name = new string('n', length) }));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData("a\nb")]
    [InlineData("a\0b")]
    public void A_name_is_needed_and_is_one_line_of_text(string? name)
    {
        AssertRefused("name", Good with { Name = name });
        if (name is not null)
        {
            AssertRefused("commands[0].name", WithCommand(new CommandSpec { Script = "x", Name = name }));
        }
    }

    [Theory]
    [InlineData(4000, true)]
    [InlineData(4001, false)]
    public void A_description_has_at_most_4000_characters(int length, bool allowed) =>
        AssertAllowed(allowed, "description", Good with { Description = new string('d', length) });

    [Fact]
    public void A_description_holds_no_NUL() => AssertRefused("description", Good with { Description = "a\0" });

    [Theory]
    [InlineData(1, true)]
    [InlineData(50, true)]
    [InlineData(0, false)]
    [InlineData(51, false)]
    public void A_task_has_1_to_50_commands(int count, bool allowed) =>
        AssertAllowed(allowed, "commands", Good with { Commands = [.. Enumerable.Repeat(new CommandSpec { Script = "x" }, count)] });

    [Fact]
    public void Commands_that_are_missing_are_named()
    {
        AssertRefused("commands", Good with { Commands = null });
        AssertRefused("commands[1]", Good with { Commands = [new CommandSpec { Script = "x" }, null!] });
        AssertRefused("commands[0].script", WithCommand(new CommandSpec()));
    }

    [Theory]
    [InlineData("x", 1, true)]
    [InlineData("x", 262_144, true)]
    [InlineData("x", 262_145, false)]
    [InlineData("é", 131_072, true)]
    [InlineData("é", 131_073, false)]
    [InlineData("", 1, false)]
    [InlineData("\0", 1, false)]
    [InlineData("\n", 1, true)]
    [InlineData("\r\n", 262_144, true)]
    [InlineData("\uFEFF", 1, false)]
    public void A_script_has_1_byte_to_256_KiB_of_UTF8(string piece, int times, bool allowed) =>
        AssertAllowed(allowed, "commands[0].script", WithCommand(new CommandSpec { Script = string.Concat(Enumerable.Repeat(piece, times)) }));

    [Theory]
    [InlineData(1, true)]
    [InlineData(604_800, true)]
    [InlineData(0, false)]
    [InlineData(-1, false)]
    [InlineData(604_801, false)]
    public void A_timeout_is_1_second_to_a_week(int seconds, bool allowed) =>
        AssertAllowed(allowed, "commands[0].timeoutSeconds", WithCommand(new CommandSpec { Script = "x", TimeoutSeconds = seconds }));

    [Theory]
    [InlineData(0, true)]
    [InlineData(10, true)]
    [InlineData(-1, false)]
    [InlineData(11, false)]
    public void Retries_are_0_to_10(int retries, bool allowed) =>
        AssertAllowed(allowed, "commands[0].retries", WithCommand(new CommandSpec { Script = "x", Retries = retries }));

    [Theory]
    [InlineData(0, true)]
    [InlineData(86_400, true)]
    [InlineData(-1, false)]
    [InlineData(86_401, false)]
    public void The_delay_of_a_retry_is_at_most_a_day(int seconds, bool allowed) =>
        AssertAllowed(allowed, "commands[0].retryDelaySeconds", WithCommand(new CommandSpec { Script = "x", RetryDelaySeconds = seconds }));

    [Theory]
    [InlineData("bash", 1, true)]
    [InlineData("bash -e", 1, true)]
    [InlineData("'/opt/my tools/bash' \"-e\"", 1, true)]
    [InlineData("a", 1_024, true)]
    [InlineData("a", 1_025, false)]
    [InlineData("a ", 512, true)]
    [InlineData("a ", 513, false)]
    [InlineData("é", 513, false)]
    [InlineData("", 1, false)]
    [InlineData(" ", 1, false)]
    [InlineData("'' -e", 1, false)]
    [InlineData("' ' -e", 1, false)]
    [InlineData("sh\n", 1, true)]
    [InlineData("sh '\n'", 1, false)]
    [InlineData("sh\0", 1, false)]
    [InlineData("bash 'x", 1, false)]
    [InlineData("bash x\\", 1, false)]
    public void An_interpreter_is_a_program_and_its_arguments_of_at_most_1024_bytes(string piece, int times, bool allowed) =>
        AssertAllowed(allowed, "commands[0].interpreter", WithCommand(new CommandSpec { Script = "x", Interpreter = InterpreterSpec.Line(string.Concat(Enumerable.Repeat(piece, times))) }));

    [Theory]
    [InlineData(true, "python3", "-c", "print('a b')")]
    [InlineData(true, "python3", "")]
    [InlineData(false)]
    [InlineData(false, "", "-e")]
    [InlineData(false, "python3", "a\nb")]
    public void An_interpreter_may_be_a_list(bool allowed, params string[] words) =>
        AssertAllowed(allowed, "commands[0].interpreter", WithCommand(new CommandSpec { Script = "x", Interpreter = InterpreterSpec.List(words) }));

    [Fact]
    public void A_quote_that_is_not_closed_is_told_with_its_place() =>
        Assert.Equal(
            "command.interpreter.quote (quote: ', character: 6, longest: 1024)",
            Assert.Single(TaskSpecValidator.Validate(WithCommand(new CommandSpec { Script = "x", Interpreter = InterpreterSpec.Line("bash 'x") }))["commands[0].interpreter"]).ToString());

    [Fact]
    public void A_first_line_that_is_too_long_for_an_interpreter_is_refused_where_it_would_be_used()
    {
        var script = "#!/bin/" + new string('x', 2_000);
        AssertRefused("commands[0].script", WithCommand(new CommandSpec { Script = script }));
        AssertAllowed(WithCommand(new CommandSpec { Script = script, Interpreter = InterpreterSpec.Line("sh") }));
    }

    [Theory]
    [InlineData("/", true)]
    [InlineData("/srv/app data", true)]
    [InlineData("", false)]
    [InlineData("srv", false)]
    [InlineData("~/srv", false)]
    [InlineData("/a\0", false)]
    public void A_working_directory_is_absolute(string directory, bool allowed) =>
        AssertAllowed(allowed, "commands[0].workingDirectory", WithCommand(new CommandSpec { Script = "x", WorkingDirectory = directory }));

    [Theory]
    [InlineData(4096, true)]
    [InlineData(4097, false)]
    public void A_working_directory_has_at_most_4096_bytes(int length, bool allowed) =>
        AssertAllowed(allowed, "commands[0].workingDirectory", WithCommand(new CommandSpec { Script = "x", WorkingDirectory = "/" + new string('d', length - 1) }));

    [Theory]
    [InlineData("root", true)]
    [InlineData("_apt", true)]
    [InlineData("www-data", true)]
    [InlineData("machine$", true)]
    [InlineData("john.doe", true)]
    [InlineData("DOMAIN\\user", true)]
    [InlineData("user@realm.example", true)]
    [InlineData("Root", true)]
    [InlineData("1a", true)]
    [InlineData("1000", true)]
    [InlineData("jürgen", true)]
    [InlineData("a-b", true)]
    [InlineData("", false)]
    [InlineData("-a", false)]
    [InlineData("a:b", false)]
    [InlineData("a/b", false)]
    [InlineData(" a", false)]
    [InlineData("ro ot", false)]
    [InlineData("a\u00A0b", false)]
    [InlineData("root\n", false)]
    [InlineData("a\0", false)]
    [InlineData("a\u001Bb", false)]
    public void RunAs_is_the_name_of_an_account(string account, bool allowed) =>
        AssertAllowed(allowed, "commands[0].runAs", WithCommand(new CommandSpec { Script = "x", RunAs = account }));

    [Theory]
    [InlineData("a", 256, true)]
    [InlineData("a", 257, false)]
    [InlineData("é", 128, true)]
    [InlineData("é", 129, false)]
    public void An_account_has_at_most_256_bytes(string piece, int times, bool allowed) =>
        AssertAllowed(allowed, "commands[0].runAs", WithCommand(new CommandSpec { Script = "x", RunAs = string.Concat(Enumerable.Repeat(piece, times)) }));

    [Fact]
    public void Numbers_that_name_nothing_are_refused()
    {
        AssertRefused("priority", Good with { Priority = (TaskPriority)9 });
        AssertRefused("offlineHosts", Good with { OfflineHosts = (OfflineHosts)9 });
        AssertRefused("commands[0].onFailure", WithCommand(new CommandSpec { Script = "x", OnFailure = (OnFailure)9 }));
    }

    [Fact]
    public void Text_that_UTF8_cannot_hold_is_refused()
    {
        // Not in the theories: an attribute cannot hold half of a character either.
        var half = "a" + (char)0xD83D;
        AssertRefused("name", Good with { Name = half });
        AssertRefused("description", Good with { Description = half });
        AssertRefused("commands[0].script", WithCommand(new CommandSpec { Script = half }));
        AssertRefused("commands[0].interpreter", WithCommand(new CommandSpec { Script = "x", Interpreter = InterpreterSpec.Line(half) }));
        AssertRefused("commands[0].interpreter", WithCommand(new CommandSpec { Script = "x", Interpreter = InterpreterSpec.List("sh", half) }));
        AssertRefused("commands[0].runAs", WithCommand(new CommandSpec { Script = "x", RunAs = half }));
        AssertRefused("commands[0].workingDirectory", WithCommand(new CommandSpec { Script = "x", WorkingDirectory = "/" + half }));
        AssertRefused("parameters.X", Good with { Parameters = Map(("X", half)) });
    }

    private static TaskSpec WithCommand(CommandSpec command) => Good with { Commands = [command] };

    private static Dictionary<string, string> Map(params (string Name, string Value)[] pairs) =>
        pairs.ToDictionary(pair => pair.Name, pair => pair.Value, StringComparer.Ordinal);

    private static void AssertAllowed(TaskSpec spec) => Assert.Empty(TaskSpecValidator.Validate(spec));

    private static void AssertRefused(string path, TaskSpec spec) => AssertAllowed(allowed: false, path, spec);

    private static void AssertAllowed(bool allowed, string path, TaskSpec spec) =>
        Assert.Equal(allowed ? [] : [path], TaskSpecValidator.Validate(spec).Keys);
}
