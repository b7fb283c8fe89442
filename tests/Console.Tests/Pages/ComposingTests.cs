using TaskConsole.Console.Components.Tasks.Compose;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Console.Tests.Pages;

public sealed class ComposingTests
{
    [Fact]
    public void A_draft_becomes_the_task_that_was_composed()
    {
        var draft = new TaskDraft
        {
            Name = "  Rotate ",
            Steps = [new() { Name = "a", Script = "true", Interpreter = "/bin/bash", TimeoutSeconds = 30, RunAs = "www", WorkingDirectory = "/srv", OnFailure = OnFailure.StopTask, Retries = 2, RetryDelaySeconds = 5 }, new() { Script = "b" }],
            Parameters = [new() { Name = "SITE", Value = "x" }, new() { Name = "TOKEN", Value = "s3cret", Secret = true }, new()],
            Targets = new TargetDraft { Selector = " env=prod " },
        };
        var spec = draft.ToSpec(start: true);
        Assert.Equal("Rotate", spec.Name);
        Assert.True(spec.Start);
        Assert.Equal("env=prod", spec.Targets!.Selector);
        Assert.Null(spec.Targets.HostIds);
        Assert.Equal("x", Assert.Single(spec.Parameters!).Value);
        Assert.Equal("s3cret", Assert.Single(spec.SecretParameters!).Value);
        Assert.Equal(("a", "true", "/bin/bash", 30, "www", "/srv", OnFailure.StopTask, 2, 5), Of(spec.Commands![0]));
        Assert.Equal((null, "b", null, 3600, null, null, OnFailure.StopHost, null, null), Of(spec.Commands[1]));

        static (string?, string?, string?, int?, string?, string?, OnFailure?, int?, int?) Of(Core.Tasks.Composing.CommandSpec command) =>
            (command.Name, command.Script, command.Interpreter?.ToString(), command.TimeoutSeconds, command.RunAs, command.WorkingDirectory, command.OnFailure, command.Retries, command.RetryDelaySeconds);
    }

    [Fact]
    public void Targets_are_exactly_one_of_three()
    {
        var id = Guid.NewGuid();
        var draft = new TargetDraft { Selector = "a=b", Hosts = { [id] = "h" }, Mode = TargetMode.Hosts };
        Assert.Equal([id], draft.ToSpec().HostIds!);
        Assert.Null(draft.ToSpec().Selector);
        draft.Mode = TargetMode.All;
        Assert.True(draft.ToSpec().All);
        Assert.Null(draft.ToSpec().HostIds);
    }

    [Fact]
    public void The_browser_keeps_no_secret()
    {
        var text = DraftKeeper.Text(new TaskDraft { Parameters = [new() { Name = "TOKEN", Value = "s3cret", Secret = true }, new() { Name = "SITE", Value = "kept" }] });
        Assert.DoesNotContain("s3cret", text, StringComparison.Ordinal);
        Assert.Contains("TOKEN", text, StringComparison.Ordinal);
        Assert.Contains("kept", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Errors_find_their_fields_and_the_rest_is_told_too()
    {
        var errors = new FieldErrors(new Dictionary<string, IReadOnlyList<CodedMessage>>(StringComparer.Ordinal)
        {
            ["commands[0].script"] = [CodedMessage.Of(SpecProblemCode.SecretTwice), CodedMessage.Of(SpecProblemCode.ValueMissing)],
            ["targets.hostIds[3]"] = [CodedMessage.Of(HostProblemCode.Draining, ("host", "web-01"))],
            ["lock"] = [CodedMessage.Of(SpecProblemCode.NotSupported, ("field", "lock"), ("feature", "lock"))],
        });
        Assert.Equal("A name is either in parameters or in secretParameters, not in both. A value is needed; it may be an empty text.", errors.For("commands[0].script"));
        Assert.Null(errors.For("commands[1].script"));
        Assert.Equal("Host 'web-01' is draining and gets nothing new.", errors.Under("targets.hostIds"));
        Assert.Equal(["lock: lock is not supported yet: locks between tasks."], errors.Rest());
    }

    [Theory]
    [InlineData("rm -rf /", Danger.DeletesSystemFiles)]
    [InlineData("sudo rm -r -f /var", Danger.DeletesSystemFiles)]
    [InlineData("cd /tmp && rm --recursive --force \"/etc/\"", Danger.DeletesSystemFiles)]
    [InlineData("rm -fr $HOME", Danger.DeletesSystemFiles)]
    [InlineData("rm -rf /*", Danger.DeletesSystemFiles)]
    [InlineData("rm -rf --no-preserve-root /x", Danger.DeletesSystemFiles)]
    [InlineData("reboot", Danger.StopsTheHost)]
    [InlineData("/sbin/shutdown -h now", Danger.StopsTheHost)]
    [InlineData("true; systemctl reboot", Danger.StopsTheHost)]
    [InlineData("mkfs.ext4 /dev/sdb1", Danger.MakesFileSystem)]
    [InlineData("dd if=/dev/zero of=/dev/sda bs=1M", Danger.WritesDevice)]
    [InlineData("cat image > /dev/nvme0n1", Danger.WritesDevice)]
    [InlineData("chmod -R 777 /", Danger.OpensPermissions)]
    [InlineData("iptables -F", Danger.DropsFirewall)]
    [InlineData(":(){ :|:& };:", Danger.KillsEverything)]
    public void Commands_that_break_a_host_are_found(string script, Danger danger) =>
        Assert.Equal((0, 2, danger), DangerScan.Find([new StepDraft { Script = $"set -eu\n{script}\n" }]) is [var found] ? (found.Step, found.Line, found.Danger) : default);

    [Theory]
    [InlineData("rm -rf /var/cache/nginx")]
    [InlineData("rm -rf ./build")]
    [InlineData("rm /etc/motd")]
    [InlineData("# rm -rf /")]
    [InlineData("echo please do not shutdown-now")]
    [InlineData("grep reboot_required /run/x")]
    [InlineData("dd if=/dev/zero of=/tmp/file bs=1M count=1")]
    [InlineData("dd if=/tmp/x of=/dev/null")]
    [InlineData("chmod -R 750 /srv/www")]
    [InlineData("echo done > /dev/null 2>&1")]
    public void Ordinary_commands_are_left_alone(string script) => Assert.Empty(DangerScan.Find([new StepDraft { Script = script }]));

    [Fact]
    public void A_hostile_script_does_not_hold_the_page_up()
    {
        var script = string.Join('\n', Enumerable.Repeat("rm -r" + new string(' ', 2000) + new string('-', 2000) + "r", 50));
        Assert.True(DangerScan.Find([new StepDraft { Script = script }]).Count <= 20);
    }
}
