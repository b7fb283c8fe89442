using TaskConsole.Core.Tasks;

namespace TaskConsole.Core.Tests.Tasks;

public sealed class ReasonSentenceTests
{
    [Fact]
    public void Every_reason_has_a_sentence_of_its_own()
    {
        var sentences = Enum.GetValues<Reason>()
            .Select(reason => ReasonSentence.For(CommandHostStatus.Failed, reason, exitCode: null, signal: null, message: null))
            .ToArray();
        Assert.All(sentences, sentence =>
        {
            Assert.NotNull(sentence);
            Assert.Matches(@"\A[A-Z].*[a-z0-9]\.\z", sentence);
        });
        Assert.Equal(sentences.Length, sentences.Distinct().Count());
    }

    [Theory]
    [InlineData(3, "The script ended with exit code 3.")]
    [InlineData(255, "The script ended with exit code 255.")]
    public void An_exit_code_is_named(int exitCode, string expected) =>
        Assert.Equal(expected, ReasonSentence.For(CommandHostStatus.Failed, Reason.ExitCode, exitCode, signal: null, message: null));

    [Theory]
    [InlineData(1, "SIGHUP")]
    [InlineData(9, "SIGKILL")]
    [InlineData(11, "SIGSEGV")]
    [InlineData(15, "SIGTERM")]
    [InlineData(31, "SIGSYS")]
    [InlineData(34, "signal 34")]
    [InlineData(0, "a signal")]
    public void A_signal_is_called_by_its_name(int signal, string expected) =>
        Assert.Contains($" {expected},", ReasonSentence.For(CommandHostStatus.Failed, Reason.Signal, exitCode: null, signal, message: null), StringComparison.Ordinal);

    [Fact]
    public void The_word_of_the_agent_follows_the_sentence() =>
        Assert.Equal(
            "The script could not be started. execve /bin/nope: No such file or directory (2)",
            ReasonSentence.For(CommandHostStatus.Failed, Reason.StartFailed, exitCode: null, signal: null, " execve /bin/nope: No such file or directory (2)\n"));

    [Theory]
    [InlineData(null, null)]
    [InlineData("  ", null)]
    [InlineData("2 processes were left running.", "2 processes were left running.")]
    public void Without_a_reason_only_the_message_speaks(string? message, string? expected) =>
        Assert.Equal(expected, ReasonSentence.For(CommandHostStatus.Succeeded, reason: null, exitCode: 0, signal: null, message));

    [Fact]
    public void What_was_never_sent_is_not_said_to_have_been_killed()
    {
        var skipped = ReasonSentence.For(CommandHostStatus.Skipped, Reason.TaskTimeout, exitCode: null, signal: null, message: null);
        Assert.DoesNotContain("killed", skipped, StringComparison.Ordinal);
        Assert.Contains("killed", ReasonSentence.For(CommandHostStatus.TimedOut, Reason.TaskTimeout, exitCode: null, signal: 15, message: null), StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_person_settled_says_how()
    {
        Assert.Contains("succeeded", ReasonSentence.For(CommandHostStatus.Succeeded, Reason.ResolvedByUser, exitCode: null, signal: null, message: null), StringComparison.Ordinal);
        Assert.Contains("failed", ReasonSentence.For(CommandHostStatus.Failed, Reason.ResolvedByUser, exitCode: null, signal: null, message: null), StringComparison.Ordinal);
    }
}
