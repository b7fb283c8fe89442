using TaskConsole.Core.Tasks.Composing;

namespace TaskConsole.Core.Tests.Tasks.Composing;

/// <summary>Parameters, secret parameters and environments: names, values, and all together.</summary>
public sealed class TaskSpecVariablesTests
{
    private const int KiB = 1024;

    [Theory]
    [InlineData("A", true)]
    [InlineData("_", true)]
    [InlineData("a_B9", true)]
    [InlineData("path", true)]
    [InlineData("PATHS", true)]
    [InlineData("ENVIRONMENT", true)]
    [InlineData("LD", true)]
    [InlineData("ld_preload", true)]
    [InlineData("TASKCONSOLE", true)]
    [InlineData("HOME", true)]
    [InlineData("", false)]
    [InlineData("1A", false)]
    [InlineData("A-B", false)]
    [InlineData("A B", false)]
    [InlineData("A=B", false)]
    [InlineData("A\n", false)]
    [InlineData("Ä", false)]
    [InlineData("PATH", false)]
    [InlineData("IFS", false)]
    [InlineData("ENV", false)]
    [InlineData("BASH_ENV", false)]
    [InlineData("LD_", false)]
    [InlineData("LD_PRELOAD", false)]
    [InlineData("LD_LIBRARY_PATH", false)]
    [InlineData("TASKCONSOLE_TASK_ID", false)]
    [InlineData("TASKCONSOLE_X", false)]
    public void A_name_is_one_that_a_script_can_use_and_nothing_else_acts_on(string name, bool allowed)
    {
        AssertAllowed(allowed, $"parameters.{name}", Spec(parameters: Map((name, "v"))));
        AssertAllowed(allowed, $"secretParameters.{name}", Spec(secrets: Map((name, "vvvv"))));
        AssertAllowed(allowed, $"commands[1].environment.{name}", Spec(environments: [[], Map((name, "v"))]));
    }

    [Theory]
    [InlineData(255, true)]
    [InlineData(256, false)]
    public void A_name_has_at_most_255_characters(int length, bool allowed)
    {
        var name = new string('N', length);
        AssertAllowed(allowed, $"parameters.{name}", Spec(parameters: Map((name, "v"))));
    }

    [Theory]
    [InlineData("v", 0, true)]
    [InlineData("v", 102_400, true)]
    [InlineData("v", 102_401, false)]
    [InlineData("é", 51_200, true)]
    [InlineData("é", 51_201, false)]
    [InlineData("\0", 1, false)]
    [InlineData("\r\n", 1, true)]
    public void A_value_has_at_most_100_KiB_of_UTF8_without_NUL(string piece, int times, bool allowed)
    {
        var value = string.Concat(Enumerable.Repeat(piece, times));
        AssertAllowed(allowed, "parameters.X", Spec(parameters: Map(("X", value))));
        AssertAllowed(allowed, "commands[0].environment.X", Spec(environments: [Map(("X", value))]));
    }

    [Fact]
    public void A_value_that_is_missing_is_named() => AssertAllowed(allowed: false, "parameters.X", Spec(parameters: Map(("X", null!))));

    [Theory]
    [InlineData("a", 1, "secret.too-short (shortest: 4, longest: 16384, length: 1)")]
    [InlineData("", 0, "secret.too-short (shortest: 4, longest: 16384, length: 0)")]
    [InlineData(" ", 1, "secret.too-short (shortest: 4, longest: 16384, length: 1)")]
    [InlineData("\n", 1, "secret.too-short (shortest: 4, longest: 16384, length: 1)")]
    [InlineData("a", 3, "secret.too-short (shortest: 4, longest: 16384, length: 3)")]
    [InlineData("a", 4, null)]
    [InlineData("é", 2, null)]
    [InlineData(" \n", 8, "secret.blank")]
    [InlineData("\u3000", 4, "secret.blank")]
    [InlineData("v", 16_384, null)]
    [InlineData("v", 16_385, "secret.too-long (shortest: 4, longest: 16384, length: 16385)")]
    [InlineData("é", 8_193, "secret.too-long (shortest: 4, longest: 16384, length: 16386)")]
    [InlineData("abc\0", 1, "text.nul (subject: secret)")]
    public void A_secret_value_has_4_bytes_to_16_KiB_and_is_not_blank(string piece, int times, string? why)
    {
        var errors = TaskSpecValidator.Validate(Spec(secrets: Map(("X", string.Concat(Enumerable.Repeat(piece, times))))));
        Assert.Equal(why is null ? [] : ["secretParameters.X"], errors.Keys);
        Assert.All(errors.Values, messages => Assert.Equal(why, Assert.Single(messages).ToString()));
    }

    [Fact]
    public void All_secret_values_of_a_task_have_at_most_64_KiB()
    {
        var secrets = "ABCD".ToDictionary(name => name.ToString(), _ => new string('s', 16 * KiB), StringComparer.Ordinal);
        AssertAllowed(allowed: true, "", Spec(secrets: secrets));
        secrets["A"] = secrets["A"][..^4];
        secrets["E"] = "s3cre";
        AssertAllowed(allowed: false, "secretParameters", Spec(secrets: secrets));
        secrets["E"] = "s3cr";
        AssertAllowed(allowed: true, "", Spec(secrets: secrets));
    }

    [Fact]
    public void A_message_never_shows_a_value()
    {
        var errors = TaskSpecValidator.Validate(Spec(secrets: Map(("LD_X", "hunter2"), ("Y", "hunter2\0"), ("Z", "hunter2" + new string('x', 200 * KiB)))));
        Assert.Equal(3, errors.Count);
        Assert.DoesNotContain("hunter2", string.Join(' ', errors.Values.SelectMany(messages => messages)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_is_secret_or_not_but_not_both() =>
        AssertAllowed(allowed: false, "secretParameters.X", Spec(parameters: Map(("X", "1")), secrets: Map(("X", "2222"))));

    [Fact]
    public void A_command_may_set_what_is_a_parameter_elsewhere() =>
        AssertAllowed(allowed: true, "", Spec(parameters: Map(("X", "1")), environments: [Map(("X", "2"))]));

    [Fact]
    public void Everything_that_one_command_is_given_has_at_most_1_MiB_together()
    {
        // 9 × 100 KiB and 3 × 16 KiB with names of one byte, and the rest of the MiB in two more.
        var rest = (1024 * KiB) - (9 * ((100 * KiB) + 1)) - (3 * ((16 * KiB) + 1)) - 1;
        var parameters = Filled("ABCLMN");
        var secrets = "DEF".ToDictionary(name => name.ToString(), _ => new string('s', 16 * KiB), StringComparer.Ordinal);
        var environment = Filled("GHI");
        environment["J"] = new string('v', 24 * KiB);
        environment["K"] = new string('v', rest - (24 * KiB) - 1);
        AssertAllowed(allowed: true, "", Spec(parameters, secrets, [environment, environment, Filled("XYZ")]));

        environment["K"] += "v";
        AssertAllowed(allowed: false, "commands[1].environment", Spec(parameters, secrets, [Filled("XYZ"), environment]));
    }

    [Fact]
    public void Too_many_parameters_are_blamed_on_them() =>
        AssertAllowed(allowed: false, "parameters", Spec(parameters: Filled("ABCDEFGHIJK")));

    private static TaskSpec Spec(
        Dictionary<string, string>? parameters = null,
        Dictionary<string, string>? secrets = null,
        Dictionary<string, string>[]? environments = null) => new()
        {
            Name = "n",
            Commands = [.. (environments ?? [[]]).Select(environment => new CommandSpec { Script = "x", Environment = environment })],
            Targets = new TargetSpec { All = true },
            Parameters = parameters,
            SecretParameters = secrets,
        };

    private static Dictionary<string, string> Filled(string names) =>
        names.ToDictionary(name => name.ToString(), _ => new string('v', 100 * KiB), StringComparer.Ordinal);

    private static Dictionary<string, string> Map(params (string Name, string Value)[] pairs) =>
        pairs.ToDictionary(pair => pair.Name, pair => pair.Value, StringComparer.Ordinal);

    private static void AssertAllowed(bool allowed, string path, TaskSpec spec) =>
        Assert.Equal(allowed ? [] : [path], TaskSpecValidator.Validate(spec).Keys);
}
