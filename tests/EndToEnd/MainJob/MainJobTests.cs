using System.Net;
using System.Text.Json;
using TaskConsole.EndToEnd.Fixture;
using TaskConsole.Harness;

namespace TaskConsole.EndToEnd.MainJob;

/// <summary>Compose, start, follow, read: as a script does it by REST, on real agents.</summary>
public abstract class MainJobTests(RunningConsole console, ITestOutputHelper output) : EndToEndTest(console, output)
{
    /// <summary>A process that left its session and one that did not, recognisable in /proc.</summary>
    private static (string Script, string Marker) Sleepers()
    {
        var marker = $"6{Random.Shared.Next(10_000_000, 99_999_999)}";
        return ($"setsid sleep {marker} & sleep {marker}", marker);
    }

    [Fact]
    public async Task Two_commands_on_five_hosts_complete_with_their_output_exit_codes_and_durations()
    {
        var task = await Api.RunAsync(new
        {
            name = "Two commands on all hosts",
            commands = new object[]
            {
                new { script = "echo hello from $TASKCONSOLE_HOST_NAME; echo $GREETING >&2" },
                new { script = "import os, time; time.sleep(0.2); print('attempt', os.environ['TASKCONSOLE_ATTEMPT'])", interpreter = "python3" },
            },
            targets = new { all = true },
            parameters = new { GREETING = "你好" },
        });
        var ended = await Api.EndOfAsync(task.Id());

        Assert.Equal("Completed", ended.Text("status"));
        Assert.Equal(10, ended.Progress("succeeded"));
        Assert.Equal(100, ended.Progress("percent"));
        Assert.Equal(1, ended.GetProperty("successRate").GetDouble());
        Assert.Equal(5, ended.GetProperty("hostProgress").GetProperty("succeeded").GetInt32());
        Assert.True(ended.Number("durationMs") > 0);
        foreach (var commandHost in await Api.CommandHostsAsync(task.Id()))
        {
            Assert.Equal("Succeeded", commandHost.Text("status"));
            Assert.Equal(0, commandHost.Number("exitCode"));
            if (commandHost.Number("commandIndex") == 0)
            {
                Assert.Equal($"hello from {commandHost.Text("hostName")}\n", await Api.OutputAsync(commandHost));
                Assert.Equal("你好\n", await Api.OutputAsync(commandHost, "stderr"));
                Assert.Equal(7, commandHost.Number("stderrBytes"));
            }
            else
            {
                Assert.Equal("attempt 1\n", await Api.OutputAsync(commandHost));
                Assert.InRange(commandHost.Number("durationMs")!.Value, 200, 20_000);
            }
        }
    }

    [Fact]
    public async Task Pasted_scripts_run_as_they_were_meant_and_what_was_settled_is_told()
    {
        var task = await Api.RunAsync(new
        {
            name = "Pasted",
            commands = new object[]
            {
                new { script = "mark=crlf\r\necho \"<$mark>\"\r\n" },
                new { script = "\uFEFF#!/bin/sh\necho hello\n" },
                new { script = "#!/bin/bash\nset -o pipefail\na=(1 2)\necho ${a[1]}\n" },
                new { script = "#!/usr/bin/env python3\nimport sys\nprint(sys.version_info[0])\n" },
                new { script = "#!/usr/bin/env -S python3 -u -B\nimport sys\nprint(sys.flags.dont_write_bytecode)\n" },
                new { script = "echo $-\n", interpreter = (object)"/bin/bash -e -u" },
                new { script = "echo never", interpreter = (object)new[] { "bash", "-c", "echo \"$1 $2\"", "a b", "c d", "e f" } },
                new { script = "#!/bin/bash\r\necho \"${BASH_VERSION:-none}\"\r\n", interpreter = (object)"/bin/sh" },
            },
            targets = new { selector = "name=demo-01" },
        });
        string[] expected = ["<crlf>", "hello", "2", "3", "1", "ehuB", "c d e f", "none"];
        var ended = await Api.EndOfAsync(task.Id());

        Assert.Equal("Completed", ended.Text("status"));
        foreach (var commandHost in await Api.CommandHostsAsync(task.Id()))
        {
            Assert.Equal(("Succeeded", expected[commandHost.Number("commandIndex")!.Value] + "\n", ""), (commandHost.Text("status"), await Api.OutputAsync(commandHost), await Api.OutputAsync(commandHost, "stderr")));
        }

        string[] codes = ["0 script.line-ends", "1 script.bom", "1 interpreter.shebang", "2 interpreter.shebang", "3 interpreter.shebang", "4 interpreter.shebang", "7 script.line-ends", "7 interpreter.named"];
        Assert.All([task, ended], answer =>
        {
            Assert.Equal(codes, answer.GetProperty("notices").EnumerateArray().Select(notice => $"{notice.GetProperty("arguments").GetProperty("command")} {notice.Text("code")}"));
            Assert.Equal("""["/usr/bin/env","python3","-u","-B"]""", answer.GetProperty("commands")[4].GetProperty("interpreter").GetRawText());
        });
    }

    [Fact]
    public async Task A_missing_interpreter_of_the_first_line_is_told_by_its_name()
    {
        var task = await Api.RunAsync(new { name = "No such interpreter", commands = new[] { new { script = "#!/no/such/python9 -u\nprint(1)\n" } }, targets = new { selector = "name=demo-01" } });
        await Api.EndOfAsync(task.Id());
        var commandHost = Assert.Single(await Api.CommandHostsAsync(task.Id()));

        Assert.Equal(("Failed", "StartFailed"), (commandHost.Text("status"), commandHost.Text("reason")));
        Assert.Contains("Interpreter '/no/such/python9 -u': No such file or directory", commandHost.Text("message"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Exit_code_3_on_one_host_skips_its_second_command_and_the_others_complete()
    {
        var task = await Api.RunAsync(new
        {
            name = "One host fails",
            commands = new object[]
            {
                new { script = "[ $TASKCONSOLE_HOST_NAME != demo-03 ] || exit 3" },
                new { script = "true" },
            },
            targets = new { selector = "name~=demo-*" },
        });
        var ended = await Api.EndOfAsync(task.Id());
        var commandHosts = await Api.CommandHostsAsync(task.Id());

        Assert.Equal("Failed", ended.Text("status"));
        Assert.Equal(8, ended.Progress("succeeded"));
        var first = commandHosts.Single(item => item.Text("hostName") == "demo-03" && item.Number("commandIndex") == 0);
        var second = commandHosts.Single(item => item.Text("hostName") == "demo-03" && item.Number("commandIndex") == 1);
        Assert.Equal(("Failed", "ExitCode", 3), (first.Text("status"), first.Text("reason"), first.Number("exitCode")));
        Assert.Equal(("Skipped", "EarlierCommandFailed"), (second.Text("status"), second.Text("reason")));
        Assert.All([first, second], item => Assert.NotEmpty(item.Text("message")!));
        Assert.All(commandHosts.Where(item => item.Text("hostName") != "demo-03"), item => Assert.Equal("Succeeded", item.Text("status")));
    }

    [Fact]
    public async Task Retry_runs_again_only_where_something_did_not_succeed()
    {
        var flag = Path.Combine(Console.NewFolder("retry"), "ready");
        var task = await Api.RunAsync(new
        {
            name = "Retry",
            commands = new object[] { new { script = "echo before" }, new { script = $"[ $TASKCONSOLE_HOST_NAME != demo-02 ] || [ -e {flag} ]" } },
            targets = new { selector = "name~=demo-*" },
        });
        await Api.EndOfAsync(task.Id());
        await File.WriteAllTextAsync(flag, "");

        var retry = await Api.PostAsync($"/tasks/{task.Id()}/retry", expected: System.Net.HttpStatusCode.Created);
        var ended = await Api.EndOfAsync(retry.Id());

        Assert.Equal(("Completed", task.Id()), (ended.Text("status"), ended.Text("retryOf")));
        Assert.Equal("demo-02", Assert.Single((await Api.CommandHostsAsync(retry.Id())).Where(item => item.Text("status") == "Succeeded").Select(item => item.Text("hostName")).Distinct()));
        Assert.Equal(System.Net.HttpStatusCode.Conflict, (await Api.SendAsync(HttpMethod.Post, $"/tasks/{retry.Id()}/retry")).Status);
    }

    [Fact]
    public async Task Timeout_ends_the_whole_tree_and_leaves_no_process()
    {
        var (script, marker) = Sleepers();
        var task = await Api.RunAsync(new { name = "Timeout", commands = new[] { new { script, timeoutSeconds = 2 } }, targets = new { selector = "name~=demo-01" } });
        await SeeAsync(marker);
        var ended = await Api.EndOfAsync(task.Id());
        var left = Processes.WithCommandLine(marker);

        var commandHost = Assert.Single(await Api.CommandHostsAsync(task.Id()));
        Assert.Equal(("TimedOut", "Timeout"), (commandHost.Text("status"), commandHost.Text("reason")));
        Assert.Equal("Failed", ended.Text("status"));
        Assert.Empty(left);
    }

    [Fact]
    public async Task Cancel_ends_the_whole_tree_and_leaves_no_process()
    {
        var (script, marker) = Sleepers();
        var task = await Api.RunAsync(new { name = "Cancel", commands = new[] { new { script } }, targets = new { selector = "name~=demo-*" } });
        await Wait.UntilAsync("every host to sleep", () => Task.FromResult(Processes.WithCommandLine($"sleep\0{marker}").Count >= 2 * RunningConsole.Agents));

        var canceled = await Api.PostAsync($"/tasks/{task.Id()}/cancel");
        Assert.NotEqual(JsonValueKind.Null, canceled.GetProperty("cancelRequestedAt").ValueKind);
        var ended = await Api.EndOfAsync(task.Id());
        var left = Processes.WithCommandLine(marker);

        Assert.Equal(("Canceled", 5), (ended.Text("status"), ended.Progress("canceled")));
        Assert.All(await Api.CommandHostsAsync(task.Id()), item => Assert.Equal("CanceledByUser", item.Text("reason")));
        Assert.Empty(left);
    }

    [Fact]
    public async Task Cancel_of_one_host_lets_the_others_finish()
    {
        var (script, marker) = Sleepers();
        var flag = Path.Combine(Console.NewFolder($"cancel-one-{marker}"), "go");
        var task = await Api.RunAsync(new
        {
            name = "Cancel one",
            commands = new[] { new { script = $"if [ $TASKCONSOLE_HOST_NAME = demo-04 ]; then {script}; fi; until [ -e {flag} ]; do sleep 0.05; done" } },
            targets = new { selector = "name~=demo-*" },
        });
        await SeeAsync(marker);
        var one = (await Api.CommandHostsAsync(task.Id())).Single(item => item.Text("hostName") == "demo-04");
        await Api.PostAsync($"/tasks/{task.Id()}/cancel", new { hostIds = new[] { one.Text("hostId") } });
        await Api.UntilAsync(task.Id(), "to have one canceled", item => item.Progress("canceled") == 1);
        await File.WriteAllTextAsync(flag, "");
        var ended = await Api.EndOfAsync(task.Id());

        Assert.Equal(("Failed", 4, 1), (ended.Text("status"), ended.Progress("succeeded"), ended.Progress("canceled")));
        Assert.Empty(Processes.WithCommandLine(marker));
    }

    [Fact]
    public async Task A_host_that_is_offline_at_the_start_fails_alone()
    {
        var name = $"offline-{Guid.NewGuid():N}"[..20];
        var agent = Console.StartAgent(name, Console.NewFolder(name));
        await using var ending = agent;
        var host = await HostAsync(name, "Online");
        await agent.KillAsync();
        await HostAsync(name, "Offline");
        try
        {
            var task = await Api.RunAsync(new { name = "Offline", commands = new[] { new { script = "true" } }, targets = new { all = true } });
            var ended = await Api.EndOfAsync(task.Id());
            var commandHosts = await Api.CommandHostsAsync(task.Id());

            Assert.Equal("Failed", ended.Text("status"));
            Assert.Equal((5, 1), (ended.Progress("succeeded"), ended.Progress("dispatchFailed")));
            var offline = commandHosts.Single(item => item.Text("hostName") == name);
            Assert.Equal(("DispatchFailed", "AgentOffline"), (offline.Text("status"), offline.Text("reason")));
        }
        finally
        {
            await Api.SendAsync(HttpMethod.Delete, $"/hosts/{host.Id()}");
        }
    }

    [Fact]
    public async Task A_secret_reaches_the_script_and_is_found_nowhere()
    {
        var secret = $"s3cr3t-{Guid.NewGuid():N}";
        var flag = Path.Combine(Console.NewFolder(secret[^8..]), "go");
        var task = await Api.RunAsync(new
        {
            name = "Secret",
            commands = new[] { new { script = $"echo \"got <$PASSWORD>\"; echo ${{#PASSWORD}} >&2; until [ -e {flag} ]; do sleep 0.05; done; echo \"$PASSWORD\"" } },
            targets = new { selector = "name~=demo-*" },
            secretParameters = new { PASSWORD = secret },
        });
        await Api.UntilAsync(task.Id(), "to run", item => item.Progress("running") == RunningConsole.Agents);
        var whileRunning = FilesWith(secret);
        var commandLines = Processes.WithCommandLine(secret);
        var view = (await Api.GetAsync($"/tasks/{task.Id()}")).ToString();
        await File.WriteAllTextAsync(flag, "");
        var ended = await Api.EndOfAsync(task.Id());

        Assert.Equal("Completed", ended.Text("status"));
        foreach (var commandHost in await Api.CommandHostsAsync(task.Id()))
        {
            Assert.Equal($"{secret.Length}\n", await Api.OutputAsync(commandHost, "stderr"));
            var stdout = await Api.OutputAsync(commandHost);
            Assert.StartsWith("got <", stdout, StringComparison.Ordinal);
            Assert.DoesNotContain(secret, stdout, StringComparison.Ordinal);
        }

        Assert.Empty(whileRunning);
        Assert.Empty(commandLines);
        Assert.DoesNotContain(secret, view, StringComparison.Ordinal);
        Assert.Empty(FilesWith(secret));
        Assert.Empty(await Console.Store.TablesWithAsync(secret));
        Assert.DoesNotContain(secret, Console.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_script_leaves_in_the_background_lives_on_until_it_is_ended_and_the_story_tells_it()
    {
        var marker = $"6{Random.Shared.Next(10_000_000, 99_999_999)}";
        var task = await Api.RunAsync(new
        {
            name = "Daemon",
            commands = new object[] { new { script = $"setsid sleep {marker} & exit 0" }, new { script = "true" } },
            targets = new { selector = "name=demo-01" },
        });
        Assert.Equal("Completed", (await Api.EndOfAsync(task.Id())).Text("status"));
        var rows = await Api.CommandHostsAsync(task.Id());
        var (daemon, plain) = ($"/command-hosts/{rows[0].Id()}", $"/command-hosts/{rows[1].Id()}");
        Assert.Equal((1, 0), (rows[0].Number("leftInBackground"), rows[1].Number("leftInBackground")));
        Assert.Single(Processes.WithCommandLine($"sleep\0{marker}"));

        var nothing = await Api.PostAsync($"{plain}/end-background", expected: HttpStatusCode.Conflict);
        Assert.Equal("It left no process running in the background that is known.", nothing.Text("detail"));
        var asked = await Api.PostAsync($"{daemon}/end-background");
        Assert.Equal(rows[0].Id(), asked.Id());
        await Wait.UntilAsync("the story to tell the end", async () => await ToldAsync(daemon, "BackgroundEnded") is not null);
        Assert.Empty(Processes.WithCommandLine($"sleep\0{marker}"));
        Assert.NotNull(await ToldAsync(daemon, "EndBackgroundRequested"));
        Assert.Equal("0 bytes of later output were dropped, 1 processes were ended on request", await ToldAsync(daemon, "BackgroundEnded"));
        Assert.Equal(0, (await Api.GetAsync(daemon)).Number("leftInBackground"));
        var over = await Api.PostAsync($"{daemon}/end-background", expected: HttpStatusCode.Conflict);
        Assert.Equal("What it left running in the background has already ended.", over.Text("detail"));
    }

    /// <summary>Detail of the one event of this kind in the story; null: none.</summary>
    private async Task<string?> ToldAsync(string commandHost, string what) =>
        (await Api.GetAsync(commandHost)).GetProperty("story").EnumerateArray().Where(told => told.Text("event") == what).Select(told => told.Text("detail")).SingleOrDefault();

    [Fact]
    public async Task Output_beyond_the_limits_keeps_head_and_tail_and_says_what_is_missing()
    {
        const long produced = 3_000_000;
        var task = await Api.RunAsync(new
        {
            name = "Much output",
            commands = new[] { new { script = $"head -c {produced - 4} /dev/zero | tr '\\0' x; echo end" } },
            targets = new { selector = "name~=demo-01" },
        });
        var ended = await Api.EndOfAsync(task.Id());
        Assert.Equal("Completed", ended.Text("status"));
        var commandHost = Assert.Single(await Api.CommandHostsAsync(task.Id()));
        Assert.Equal(produced, commandHost.GetProperty("stdoutBytes").GetInt64());
        Assert.True(commandHost.GetProperty("truncated").GetBoolean());

        var whole = await Api.OutputAsync(commandHost);
        var omitted = produced - (2 * 524_288);
        Assert.Contains(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"\n[… {omitted:N0} bytes omitted …]\n"), whole, StringComparison.Ordinal);
        Assert.EndsWith("xend\n", whole, StringComparison.Ordinal);

        var (_, headers, tail) = await Api.SendAsync(HttpMethod.Get, $"/command-hosts/{commandHost.Id()}/output?stream=stdout&offset={produced / 2}");
        Assert.Equal((produced - 524_288).ToString(System.Globalization.CultureInfo.InvariantCulture), Assert.Single(headers.GetValues("X-Offset")));
        Assert.Equal(produced.ToString(System.Globalization.CultureInfo.InvariantCulture), Assert.Single(headers.GetValues("X-Next-Offset")));
        Assert.Equal("true", Assert.Single(headers.GetValues("X-Complete")));
        Assert.Equal(524_288, tail.Length);
    }

    private static Task SeeAsync(string marker) =>
        Wait.UntilAsync("the sleepers to run", () => Task.FromResult(Processes.WithCommandLine($"sleep\0{marker}").Count >= 2));

    private async Task<JsonElement> HostAsync(string name, string status)
    {
        var found = default(JsonElement);
        await Wait.UntilAsync($"{name} to be {status}", async () =>
        {
            var hosts = (await Api.GetAsync($"/hosts?search={name}&status={status}")).GetProperty("items");
            found = hosts.EnumerateArray().FirstOrDefault();
            return hosts.GetArrayLength() == 1;
        });
        return found;
    }

    /// <summary>Files of the console and of its agents that hold a text.</summary>
    private List<string> FilesWith(string text)
    {
        var bytes = System.Text.Encoding.UTF8.GetBytes(text);
        return [.. Directory.EnumerateFiles(Console.DataDirectory, "*", SearchOption.AllDirectories).Where(file => Read(file).AsSpan().IndexOf(bytes) >= 0)];
    }

    private static byte[] Read(string file)
    {
        try
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var content = new MemoryStream();
            stream.CopyTo(content);
            return content.ToArray();
        }
        catch (Exception gone) when (gone is FileNotFoundException or DirectoryNotFoundException or IOException)
        {
            return [];
        }
    }
}

[Collection(OnSqlite.Name)]
public sealed class MainJobOnSqlite(SqliteConsole console, ITestOutputHelper output) : MainJobTests(console, output);

[Collection(OnMariaDb.Name)]
public sealed class MainJobOnMariaDb(MariaDbConsole console, ITestOutputHelper output) : MainJobTests(console, output);
