using System.Globalization;
using TaskConsole.Agent.Details;
using TaskConsole.Agent.Tests.Agents;
using TaskConsole.Protocol.V1;

namespace TaskConsole.Agent.Tests;

public sealed class ScriptTests(ConnectedAgent connected) : IClassFixture<ConnectedAgent>
{
    private AgentFixture Fixture => connected.Fixture;

    [Theory]
    [InlineData("/bin/sh", "echo hello; echo oops >&2; exit 3")]
    [InlineData("bash", "set -o pipefail; echo hello; echo oops >&2; exit 3")]
    [InlineData("python3", "import sys; print('hello'); print('oops', file=sys.stderr); sys.exit(3)")]
    public async Task Any_interpreter_runs_and_its_output_and_exit_code_come_back(string interpreter, string script)
    {
        var attempt = await Fixture.ExecuteAsync(script, execute => execute.Interpreter[0] = interpreter);
        var finished = await attempt.FinishedAsync();
        Assert.Equal((Outcome.Exited, 3, 0), (finished.Outcome, finished.ExitCode, finished.Signal));
        Assert.Equal(("hello\n", "oops\n"), (attempt.Stdout, attempt.Stderr));
        Assert.Equal((6, 5), (finished.StdoutBytes, finished.StderrBytes));
        var started = Assert.Single(attempt.AllStarted);
        Assert.True(started.Pid > 0);
        Assert.True(finished.JournalSequence > started.JournalSequence);
        Assert.InRange(finished.StartedAtMs, finished.ClaimedAtMs, finished.FinishedAtMs);
        Assert.InRange(finished.DurationMs, 0, finished.FinishedAtMs - finished.StartedAtMs + 10);
    }

    [Fact]
    public async Task Arguments_of_the_interpreter_come_before_the_script_as_they_are()
    {
        var attempt = await Fixture.ExecuteAsync("", execute =>
        {
            execute.Interpreter.Clear();
            execute.Interpreter.Add(["python3", "-c", "import sys; print(sys.argv[1:-1], sys.argv[-1].endswith('/script'))", "a b", "", "$HOME", "*", "'\"你\n"]);
        });
        var finished = await attempt.FinishedAsync();
        Assert.Equal((Outcome.Exited, 0, ""), (finished.Outcome, finished.ExitCode, attempt.Stderr));
        Assert.Equal("""['a b', '', '$HOME', '*', '\'"你\n'] True""" + "\n", attempt.Stdout);
    }

    [Fact]
    public async Task An_option_of_a_shell_is_an_option_and_no_part_of_its_name()
    {
        var attempt = await Fixture.ExecuteAsync("false\necho went on", execute => execute.Interpreter.Add("-e"));
        var finished = await attempt.FinishedAsync();
        Assert.Equal((Outcome.Exited, 1, ""), (finished.Outcome, finished.ExitCode, attempt.Stdout));
    }

    [Fact]
    public async Task A_program_that_env_does_not_find_is_its_own_exit_code()
    {
        var attempt = await Fixture.ExecuteAsync("", execute =>
        {
            execute.Interpreter[0] = "/usr/bin/env";
            execute.Interpreter.Add("python9");
        });
        var finished = await attempt.FinishedAsync();
        Assert.Equal((Outcome.Exited, 127), (finished.Outcome, finished.ExitCode));
        Assert.Contains("python9", attempt.Stderr, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData]
    [InlineData("", "-e")]
    public async Task An_interpreter_without_a_program_is_refused(params string[] interpreter)
    {
        var attempt = await Fixture.ExecuteAsync("echo never", execute =>
        {
            execute.Interpreter.Clear();
            execute.Interpreter.Add(interpreter);
        });
        Assert.Equal("refused.incomplete", Assert.Single((await attempt.RefusedAsync()).Details).Code);
    }

    [Fact]
    public async Task Bytes_come_back_as_they_were_written()
    {
        var attempt = await Fixture.ExecuteAsync(
            "import sys\nfor i in range(700): sys.stdout.buffer.write(bytes(range(256)))", execute => execute.Interpreter[0] = "python3");
        await attempt.FinishedAsync();
        var expected = Enumerable.Range(0, 700).SelectMany(_ => Enumerable.Range(0, 256)).Select(value => (byte)value).ToArray();
        Assert.Equal(expected, attempt.Bytes(OutputStream.Stdout));
    }

    [Fact]
    public async Task The_environment_is_clean_but_for_what_is_promised()
    {
        var taskId = Guid.CreateVersion7();
        var attempt = await Fixture.ExecuteAsync(
            "import os\nfor name in sorted(os.environ): print(name + '=' + os.environ[name])",
            execute =>
            {
                execute.Interpreter[0] = "/usr/bin/python3";
                execute.TaskId = Google.Protobuf.ByteString.CopyFrom(taskId.ToByteArray(bigEndian: true));
                execute.Payload.Environment["GREETING"] = "grüß dich\nund mich";
                execute.Payload.Environment["TASKCONSOLE_ATTEMPT"] = "77";
            });
        await attempt.FinishedAsync();
        var names = attempt.Stdout.Split('\n').Where(line => line.Contains('=', StringComparison.Ordinal)).Select(line => line.Split('=')[0]);
        // python3 may add LC_CTYPE by itself.
        Assert.Equal(
            ["GREETING", "HOME", "LANG", "PATH", "TASKCONSOLE_ATTEMPT", "TASKCONSOLE_COMMAND_HOST_ID", "TASKCONSOLE_HOST_NAME", "TASKCONSOLE_TASK_ID", "USER"],
            names.Except(["LC_CTYPE"]));
        Assert.Contains("GREETING=grüß dich\nund mich\n", attempt.Stdout, StringComparison.Ordinal);
        Assert.Contains($"TASKCONSOLE_TASK_ID={taskId:D}\n", attempt.Stdout, StringComparison.Ordinal);
        Assert.Contains($"TASKCONSOLE_COMMAND_HOST_ID={attempt.CommandHostId:D}\n", attempt.Stdout, StringComparison.Ordinal);
        Assert.Contains("TASKCONSOLE_ATTEMPT=1\n", attempt.Stdout, StringComparison.Ordinal);
        Assert.Contains("TASKCONSOLE_HOST_NAME=test-01\n", attempt.Stdout, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_search_path_is_the_usual_one_and_not_that_of_whoever_started_the_agent()
    {
        await using var fixture = await AgentFixture.StartAsync(null, StartedFromAnOddShell);
        var attempt = await fixture.ExecuteAsync("echo $PATH; echo $HOME; echo $USER");
        await attempt.FinishedAsync();
        Assert.Equal("/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n/root\nroot\n", attempt.Stdout);
    }

    [Fact]
    public async Task The_search_path_that_the_agent_is_given_is_that_of_scripts_and_interpreters()
    {
        await using var fixture = await AgentFixture.StartAsync(null, StartedFromAnOddShell with { Arguments = ["--path", "/opt/none:/usr/bin"] });
        var attempt = await fixture.ExecuteAsync("import os\nprint(os.environ['PATH'])", execute => execute.Interpreter[0] = "python3");
        await attempt.FinishedAsync();
        Assert.Equal("/opt/none:/usr/bin\n", attempt.Stdout);
    }

    [Theory]
    [InlineData("/usr/bin:")]
    [InlineData("/usr/bin:bin")]
    public async Task A_search_path_that_is_none_is_told_in_one_sentence(string path)
    {
        await using var agent = AgentProcess.Start("http://127.0.0.1:1", Fixture.Data.Path, "--path", path);
        await agent.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.NotEqual(0, agent.ExitCode);
        Assert.Contains($"--path: '{path}' is not a list of absolute folders with ':' between them.", agent.Log, StringComparison.Ordinal);
    }

    private static AgentLaunch StartedFromAnOddShell => new()
    {
        Environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["PATH"] = "/opt/odd:" + Environment.GetEnvironmentVariable("PATH"),
            ["HOME"] = "/somewhere/else",
            ["USER"] = "somebody",
        },
    };

    [Fact]
    public async Task Standard_input_is_empty_descriptors_and_signals_are_as_in_a_shell()
    {
        var attempt = await Fixture.ExecuteAsync(
            "cat; stat -c %a \"$0\"; ls -1v /proc/self/fd | tr '\\n' ' '; grep -E 'Sig(Blk|Ign)' /proc/self/status; yes | head -1; pwd; umask",
            execute => execute.Interpreter[0] = "bash");
        await attempt.FinishedAsync();
        // The fourth is ls's own.
        Assert.StartsWith("600\n0 1 2 3 SigBlk", attempt.Stdout, StringComparison.Ordinal);
        Assert.Contains("SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\ny\n", attempt.Stdout, StringComparison.Ordinal);
        Assert.EndsWith("/work/" + attempt.FolderName + "/files\n0022\n", attempt.Stdout, StringComparison.Ordinal);
        Assert.Equal("", attempt.Stderr);
    }

    [Fact]
    public async Task A_signal_is_told_apart_from_an_exit_code_that_looks_like_it()
    {
        var killed = await Fixture.ExecuteAsync("kill -9 $$");
        var exited = await Fixture.ExecuteAsync("exit 137");
        var byOwnHand = await killed.FinishedAsync();
        var byCode = await exited.FinishedAsync();
        Assert.Equal((Outcome.Signaled, 0, 9), (byOwnHand.Outcome, byOwnHand.ExitCode, byOwnHand.Signal));
        Assert.Equal((Outcome.Exited, 137, 0), (byCode.Outcome, byCode.ExitCode, byCode.Signal));
    }

    [Fact]
    public async Task What_is_left_in_the_background_is_counted_and_left_alone()
    {
        var attempt = await Fixture.ExecuteAsync("sleep 300 & setsid sleep 300 >/dev/null 2>&1 & echo done");
        var finished = await attempt.FinishedAsync();
        try
        {
            Assert.Equal((Outcome.Exited, 0, 2), (finished.Outcome, finished.ExitCode, finished.Background));
            Assert.Equal("done\n", attempt.Stdout);
            Assert.Equal(2, ProcessTable.Of(attempt).Count);
        }
        finally
        {
            foreach (var pid in ProcessTable.Of(attempt))
                Signals.Send(pid, Signals.Kill);
        }
    }

    [Theory]
    [InlineData("/no/such/interpreter", "", "", "start.interpreter errno=2 interpreter=/no/such/interpreter")]
    [InlineData("no-such-interpreter", "", "", "start.interpreter errno=2 interpreter=no-such-interpreter")]
    [InlineData("/etc/passwd", "", "", "start.interpreter errno=13 interpreter=/etc/passwd")]
    [InlineData("/bin/sh", "/no/such/folder", "", "start.working-directory errno=2 path=/no/such/folder")]
    [InlineData("/bin/sh", "", "nobody-of-that-name", "start.user-unknown user=nobody-of-that-name")]
    [InlineData("/no/such/interpreter -u -m", "", "", "start.interpreter errno=2 interpreter=/no/such/interpreter -u -m")]
    [InlineData("/bin/sh", "", "0", "start.user-unknown user=0")]
    [InlineData("/bin/sh", "", "DOMAIN\\john.doe@Realm", "start.user-unknown user=DOMAIN\\john.doe@Realm")]
    public async Task What_cannot_be_started_says_why(string interpreter, string folder, string user, string why)
    {
        var attempt = await Fixture.ExecuteAsync("echo never", execute =>
        {
            execute.Interpreter.Clear();
            execute.Interpreter.Add(interpreter.Split(' '));
            execute.WorkingDirectory = folder;
            execute.RunAs = user;
        });
        var finished = await attempt.FinishedAsync();
        Assert.Equal((Outcome.StartFailed, why, 0), (finished.Outcome, AttemptDetail.Describe(Assert.Single(finished.Details)), finished.StartedAtMs));
        Assert.Empty(attempt.AllStarted);
        Assert.Equal(("", ""), (attempt.Stdout, attempt.Stderr));
    }

    [Fact]
    public async Task A_script_runs_as_another_user_and_in_another_folder()
    {
        var attempt = await Fixture.ExecuteAsync("id -un; id -Gn; echo $HOME; pwd; touch /root/x || echo refused", execute =>
        {
            execute.RunAs = "nobody";
            execute.WorkingDirectory = "/usr";
        });
        await attempt.FinishedAsync();
        Assert.Equal("nobody\nnogroup\n/nonexistent\n/usr\nrefused\n", attempt.Stdout);
    }

    [Fact]
    public async Task A_private_folder_belongs_to_the_user_that_the_script_runs_as()
    {
        var attempt = await Fixture.ExecuteAsync("echo mine > file && cat file", execute => execute.RunAs = "nobody");
        await attempt.FinishedAsync();
        Assert.Equal(("mine\n", ""), (attempt.Stdout, attempt.Stderr));
    }

    [Fact]
    public async Task Lines_arrive_while_the_script_runs_and_not_when_it_has_ended()
    {
        // The script goes on only when its line has reached the hub: whoever gathers lines until the end waits for ever.
        using var folder = new TemporaryFolder();
        var attempt = await Fixture.ExecuteAsync($"for i in 1 2 3 4 5; do echo line$i; while [ ! -e {folder.Path}/$i ]; do sleep 0.02; done; done");
        for (var line = 1; line <= 5; line++)
        {
            var expected = $"line{line}\n";
            await Eventually.TrueAsync(() => attempt.Stdout.EndsWith(expected, StringComparison.Ordinal), expected);
            await File.WriteAllTextAsync(Path.Combine(folder.Path, line.ToString(CultureInfo.InvariantCulture)), "");
        }

        Assert.Equal(0, (await attempt.FinishedAsync()).ExitCode);
    }

    [Fact]
    public async Task Frames_of_both_streams_are_in_the_order_of_arrival()
    {
        var attempt = await Fixture.ExecuteAsync("for i in 1 2 3 4 5; do echo out$i; sleep 0.05; echo err$i >&2; sleep 0.05; done");
        await attempt.FinishedAsync();
        var text = string.Concat(attempt.Frames.OrderBy(frame => frame.Order).Select(frame => frame.Data.ToStringUtf8()));
        Assert.Equal(string.Concat(Enumerable.Range(1, 5).Select(i => string.Create(CultureInfo.InvariantCulture, $"out{i}\nerr{i}\n"))), text);
    }
}
