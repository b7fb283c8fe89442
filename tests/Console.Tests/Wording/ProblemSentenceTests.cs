using System.Globalization;
using TaskConsole.Console.Wording;
using TaskConsole.Core.Hosts;
using TaskConsole.Core.Hosts.Selectors;
using TaskConsole.Core.Problems;
using TaskConsole.Core.Tasks;
using TaskConsole.Core.Tasks.Composing;

namespace TaskConsole.Console.Tests.Wording;

/// <summary>Sentences of problems as people read them.</summary>
public sealed class ProblemSentenceTests
{
    [Theory]
    [InlineData("", 1, "a key: a label, fact.NAME or name, found the end")]
    [InlineData("env prod", 5, "=, ==, !=, ~=, in, notin or ',' after 'env', found 'p'")]
    [InlineData("env in prod", 8, "'(' and values, found 'p'")]
    [InlineData("env in (prod", 13, "',' and another value, or ')', found the end")]
    [InlineData("env in ()", 9, "a value, found ')'")]
    [InlineData("env=web-*", 9, "a value without wildcards; a pattern on the name is name~=web-*, found '*'")]
    [InlineData("env!=\"prod\"", 6, "a value without quotes, found '\"'")]
    [InlineData("env~=prod*", 4, "=, !=, in or notin after 'env', because patterns work on name alone, found '~'")]
    [InlineData("name~=", 7, "a pattern such as web-*, found the end")]
    [InlineData("env===prod", 6, "',' and the next requirement, or the end, found '='")]
    public void A_selector_that_cannot_be_read(string text, int column, string expected)
    {
        Assert.False(HostSelector.TryParse(text, out _, out var error));
        Assert.Equal($"Column {column} of the selector: expected {expected}.", Sentences.English.Problem(error));
        Assert.Matches($"^选择器第 {column} 列：.+。$", Chinese.Problem(error));
        Assert.DoesNotMatch("[a-z]+-[a-z]+,|expected|found", Chinese.Problem(error));
    }

    [Fact]
    public void Every_field_of_a_task_that_cannot_be_composed()
    {
        var text = "a\0b";
        var errors = TaskSpecValidator.Validate(new TaskSpec
        {
            Name = new string('n', 201) + "\n\ud800",
            Description = text,
            TimeoutSeconds = 0,
            WaitSeconds = 0,
            Priority = (TaskPriority)77,
            Commands =
            [
                null!,
                new CommandSpec { Name = " ", Script = text, Retries = 11, RetryDelaySeconds = -1, TimeoutSeconds = 0, RunAs = "-x", WorkingDirectory = "tmp", Interpreter = InterpreterSpec.Line("sh 'x") },
                new CommandSpec { Script = "#!" + new string('x', 2_000), Environment = Map(("1", "x"), ("PATH", "x"), ("A", null!)), Interpreter = InterpreterSpec.Line("\\") },
                new CommandSpec { Script = "#!" + new string('x', 2_000), Interpreter = null },
                new CommandSpec { Script = new string('x', 300_000), Interpreter = InterpreterSpec.List() },
            ],
            Targets = new TargetSpec { All = false },
            Parameters = Map(("P", "x"), ("Q", new string('x', 200_000))),
            SecretParameters = Map(("P", "1234"), ("S", "1"), ("B", "    "), ("N", null!), ("L", new string('x', 20_000))),
            Lock = "host:x",
            Rollout = new RolloutSpec { MaxConcurrency = "1", Order = "Name", Steps = "PerHost" },
        });
        var messages = errors.Values.SelectMany(found => found).ToList();
        Assert.True(messages.Select(message => message.Code).Distinct(StringComparer.Ordinal).Count() > 30);
        Assert.All(messages, message =>
        {
            Assert.Matches(@"\A[A-Za-z].*[^?]\.\z", Sentences.English.Problem(message));
            Assert.Matches(@"\A.*\p{IsCJKUnifiedIdeographs}.*。\z", Chinese.Problem(message));
            Assert.DoesNotContain(message.Code, Sentences.English.Problem(message), StringComparison.Ordinal);
        });
        Assert.Equal("A name has 1 to 200 characters, this one has 203. A name holds no control characters such as line breaks. A name must be valid Unicode; it holds half of a character.", Sentences.English.Problems(errors["name"]));
        Assert.Equal("lock is not supported yet: locks between tasks.", Sentences.English.Problems(errors["lock"]));
        Assert.Equal("A description holds no NUL character.", Sentences.English.Problems(errors["description"]));
        Assert.Equal("描述不能含有 NUL 字符。", Chinese.Problems(errors["description"]));
        Assert.StartsWith("The quote ' at character 4 is not closed. An interpreter is a program and its arguments", Sentences.English.Problems(errors["commands[1].interpreter"]), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Duplicate", 1, "Two agents use the key of host 'a': name the fingerprint of the key whose agent stays.")]
    [InlineData("Several", 3, "3 keys wait for approval as host 'a': name the fingerprint of one.")]
    [InlineData("Replacement", 1, "The key would replace the one of host 'a' that is in force: name its fingerprint.")]
    public void A_key_that_is_ambiguous(string which, int count, string expected) => Assert.Equal(
        expected,
        Sentences.English.Problem(CodedMessage.Of(HostProblemCode.KeyAmbiguous, ("case", which), ("host", "a"), ("count", count))));

    [Fact]
    public void Statuses_are_named_as_REST_has_them_in_English_and_as_the_pages_have_them_in_Chinese()
    {
        var problem = new Problem.WrongState(TaskProblemCode.ResolveState, ("case", "Reason"), ("status", CommandHostStatus.Failed), ("reason", Reason.ExitCode));
        Assert.Equal("Only one that is Unreachable, or Failed as AgentLost, can be settled; this one is Failed/ExitCode.", Sentences.English.Of(problem));
        Assert.EndsWith("此执行的状态是“失败”（退出码）。", Chinese.Of(problem), StringComparison.Ordinal);
        var running = new Problem.WrongState(TaskProblemCode.AttemptNotEnded, ("status", CommandHostStatus.Running));
        Assert.Equal("Its attempt has not ended: it is Running. A cancel ends all its processes.", Sentences.English.Of(running));
        Assert.All(Enum.GetValues<OpsTaskStatus>(), status =>
        {
            var ended = new Problem.WrongState(TaskProblemCode.Ended, ("taskStatus", status));
            Assert.Equal($"The task has ended: it is {status}.", Sentences.English.Of(ended));
            Assert.DoesNotContain(status.ToString(), Chinese.Of(ended), StringComparison.Ordinal);
        });
        Assert.All(Enum.GetValues<CommandHostStatus>(), status =>
        {
            Assert.Contains($"it is {status}.", Sentences.English.Of(new Problem.WrongState(TaskProblemCode.AttemptNotEnded, ("status", status))), StringComparison.Ordinal);
            Assert.DoesNotContain(status.ToString(), Chinese.Of(new Problem.WrongState(TaskProblemCode.AttemptNotEnded, ("status", status))), StringComparison.Ordinal);
        });
        Assert.All(Enum.GetValues<Reason>(), reason => Assert.DoesNotContain(
            reason.ToString(),
            Chinese.Of(new Problem.WrongState(TaskProblemCode.ResolveState, ("case", "Reason"), ("status", CommandHostStatus.Failed), ("reason", reason))),
            StringComparison.Ordinal));
    }

    [Fact]
    public void Labels_that_are_not_allowed()
    {
        var error = LabelRules.Check(Map(("a b", "x")));
        Assert.StartsWith("The label name 'a b' is not allowed: 1 to 63 of letters,", Sentences.English.Problem(error!), StringComparison.Ordinal);
        Assert.StartsWith("标签名“a b”不被允许：", Chinese.Problem(error!), StringComparison.Ordinal);
    }

    private static Sentences Chinese
    {
        get
        {
            CultureInfo.CurrentUICulture = CultureInfo.GetCultureInfo("zh-Hans");
            return Sentences.Current;
        }
    }

    private static Dictionary<string, string> Map(params ReadOnlySpan<(string Name, string Value)> entries)
    {
        var map = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in entries)
        {
            map[name] = value;
        }

        return map;
    }
}
