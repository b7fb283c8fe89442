using System.Globalization;
using TaskConsole.Console.Wording;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Console.Tests.Wording;

/// <summary>Every code has a sentence in both languages, with all that it names.</summary>
public sealed class SentencesTests
{
    public static TheoryData<string> Languages => ["en", "zh-Hans"];

    [Theory]
    [MemberData(nameof(Languages))]
    public void Every_reason_has_a_sentence_of_its_own(string language)
    {
        var sentences = Enum.GetValues<Reason>()
            .Select(reason => In(language).Of(CommandHostStatus.Failed, reason, exitCode: null, signal: null))
            .ToArray();
        Assert.All(sentences, sentence => Assert.Matches(language == "en" ? @"\A[A-Z].*[a-z0-9]\.\z" : @"\A.*\p{IsCJKUnifiedIdeographs}.*。\z", sentence));
        Assert.Equal(sentences.Length, sentences.Distinct().Count());
    }

    [Theory]
    [MemberData(nameof(Languages))]
    public void Every_code_of_a_detail_has_a_sentence(string language)
    {
        Assert.All(AttemptDetailCode.All, code =>
        {
            var sentence = In(language).Detail(WithAnyArguments(code));
            Assert.DoesNotContain(code, sentence, StringComparison.Ordinal);
            Assert.DoesNotContain('?', sentence);
        });
        Assert.Equal(AttemptDetailCode.All.Count, AttemptDetailCode.All.Distinct(StringComparer.Ordinal).Count());
    }

    [Theory]
    [MemberData(nameof(Languages))]
    public void Every_hold_has_a_sentence(string language)
    {
        foreach (var code in HoldCode.All)
        {
            var arguments = CodedMessage.Of(code, ("limit", 1), ("hosts", 2), ("host", "h"), ("command", 3), ("at", "a")).Arguments;
            var sentence = In(language).Of(new HoldView(code, arguments, default));
            Assert.DoesNotContain(code, sentence, StringComparison.Ordinal);
            Assert.DoesNotContain('?', sentence);
        }
    }

    [Fact]
    public void A_code_of_another_version_is_shown_as_it_is() =>
        Assert.Equal("of-a-newer.agent (user: root)", Sentences.English.Detail(CodedMessage.Of("of-a-newer.agent", ("user", "root"))));

    [Theory]
    [InlineData("en", 2, "Interpreter '/bin/nope': No such file or directory.")]
    [InlineData("en", 999, "Interpreter '/bin/nope': error 999.")]
    [InlineData("zh-Hans", 2, "解释器“/bin/nope”：没有该文件或目录。")]
    [InlineData("zh-Hans", 999, "解释器“/bin/nope”：错误 999。")]
    public void An_error_of_Linux_is_told_in_words(string language, int errno, string expected) =>
        Assert.Equal(expected, In(language).Detail(CodedMessage.Of(AttemptDetailCode.Interpreter, ("interpreter", "/bin/nope"), ("errno", errno))));

    [Theory]
    [InlineData(1, "1 process was left running in the background.")]
    [InlineData(2, "2 processes were left running in the background.")]
    public void One_is_not_several(int count, string expected) =>
        Assert.Equal(expected, Sentences.English.Detail(CodedMessage.Of(AttemptDetailCode.Background, ("count", count))));

    [Fact]
    public void What_a_text_holds_is_not_filled_in_again() =>
        Assert.Equal("There is no user '{errno}' on the host.", Sentences.English.Detail(CodedMessage.Of(AttemptDetailCode.UserUnknown, ("user", "{errno}"), ("errno", 2))));

    [Theory]
    [InlineData(3, "The script ended with exit code 3.")]
    [InlineData(255, "The script ended with exit code 255.")]
    public void An_exit_code_is_named(int exitCode, string expected) =>
        Assert.Equal(expected, Sentences.English.Of(CommandHostStatus.Failed, Reason.ExitCode, exitCode, signal: null));

    [Theory]
    [InlineData(1, "SIGHUP")]
    [InlineData(9, "SIGKILL")]
    [InlineData(11, "SIGSEGV")]
    [InlineData(15, "SIGTERM")]
    [InlineData(31, "SIGSYS")]
    [InlineData(34, "signal 34")]
    [InlineData(0, "a signal")]
    public void A_signal_is_called_by_its_name(int signal, string expected) =>
        Assert.Contains($" {expected},", Sentences.English.Of(CommandHostStatus.Failed, Reason.Signal, exitCode: null, signal), StringComparison.Ordinal);

    [Theory]
    [InlineData("en", "The script could not be started. There is no user 'bob' on the host.")]
    [InlineData("zh-Hans", "脚本无法启动。主机上没有用户“bob”。")]
    public void Details_follow_the_reason(string language, string expected) =>
        Assert.Equal(expected, In(language).Of(Row(CommandHostStatus.Failed, Reason.StartFailed, CodedMessage.Of(AttemptDetailCode.UserUnknown, ("user", "bob")))));

    [Fact]
    public void Without_a_reason_only_the_details_speak()
    {
        Assert.Null(Sentences.English.Of(Row(CommandHostStatus.Succeeded, null)));
        Assert.Equal("2 processes were left running in the background.", Sentences.English.Of(Row(CommandHostStatus.Succeeded, null, CodedMessage.Of(AttemptDetailCode.Background, ("count", 2)))));
    }

    [Fact]
    public void What_was_never_sent_is_not_said_to_have_been_killed()
    {
        Assert.DoesNotContain("killed", Sentences.English.Of(CommandHostStatus.Skipped, Reason.TaskTimeout, exitCode: null, signal: null), StringComparison.Ordinal);
        Assert.Contains("killed", Sentences.English.Of(CommandHostStatus.TimedOut, Reason.TaskTimeout, exitCode: null, signal: 15), StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_person_settled_says_how_and_why() =>
        Assert.Equal(
            "A person settled it as succeeded. seen by Lin",
            Sentences.English.Of(Row(CommandHostStatus.Succeeded, Reason.ResolvedByUser, CodedMessage.Of(AttemptDetailCode.SaidByPerson, ("text", "seen by Lin")))));

    private static Sentences In(string language)
    {
        CultureInfo.CurrentUICulture = CultureInfo.GetCultureInfo(language);
        return Sentences.Current;
    }

    private static CodedMessage WithAnyArguments(string code) => CodedMessage.Of(
        code,
        ("user", "u"), ("limit", 1), ("count", 2), ("limitBytes", 3), ("bytes", 4), ("percent", 5), ("folders", 6), ("what", "w"), ("errno", 2), ("path", "p"), ("interpreter", "i"), ("text", "t"));

    private static CommandHostView Row(CommandHostStatus status, Reason? reason, params CodedMessage[] details) => new()
    {
        Id = Guid.Empty,
        CommandId = Guid.Empty,
        CommandIndex = 0,
        HostId = Guid.Empty,
        HostName = "web-01",
        Status = status,
        Reason = reason,
        Attempt = 1,
        Details = details,
    };
}
