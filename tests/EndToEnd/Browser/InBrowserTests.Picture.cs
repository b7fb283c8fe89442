using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace TaskConsole.EndToEnd.Browser;

/// <summary>The picture of the README, taken from the real thing. It runs only when asked for: <c>./test EndToEnd -explicit only</c>.</summary>
public sealed partial class InBrowserTests
{
    private const string Rotate = """
        ok()   { printf '  \033[32m✔\033[0m %-34s \033[2m%s\033[0m\n' "$1" "$2"; sleep 0.25; }
        step() { printf '\033[1;36m▸ %s\033[0m\n' "$1"; sleep 0.2; }
        bad()  { printf '  \033[1;31m✘ %-34s\033[0m \033[31m%s\033[0m\n' "$1" "$2"; sleep 0.2; }
        host=$TASKCONSOLE_HOST_NAME
        case $host in demo-01) left=19;; demo-02) left=23;; demo-03) left=9;; demo-04) left=41;; *) left=31;; esac
        printf '\033[1mRotating the TLS certificate of %s\033[0m  \033[2m(%s)\033[0m\n\n' "$host.example.net" "3 endpoints"
        step 'Certificate in use'
        ok 'subject' "CN=$host.example.net"
        ok 'issuer' 'Example Internal CA R3'
        printf '  \033[33m!\033[0m %-34s \033[33m%s days left\033[0m\n\n' 'not after' "$left"
        step 'New key and certificate'
        ok 'key' 'ECDSA P-256'
        ok 'signing request sent' 'ca.example.net'
        ok 'certificate signed' 'serial 5C:91:0E:7A:22'
        ok 'chain verified' '3 certificates'
        printf '\n'
        step 'Install'
        ok 'copied to /etc/ssl/site' '0640 root:ssl'
        if [ "$host" = demo-03 ]; then
          bad 'nginx -t' 'configuration test failed'
          printf 'nginx: [emerg] cannot load certificate key "/etc/ssl/site/old.key":\n' >&2
          printf 'nginx: No such file or directory (line 27 of conf.d/legacy.conf)\n' >&2
          sleep 0.3
          printf '\n'
          step 'Roll back'
          ok 'previous certificate restored' "$left days left"
          printf '\n\033[1;41;97m FAILED \033[0m \033[31mdemo-03 still serves the previous certificate\033[0m\n'
          exit 3
        fi
        ok 'nginx -t' 'syntax is ok'
        ok 'nginx reloaded' '0 connections dropped'
        printf '\n\033[1;42;30m DONE \033[0m valid for 90 days\n'
        """;

    private const string Verify = """
        for port in 443 8443; do
          printf '  \033[32m✔\033[0m %s:%s serves serial 5C:91:0E:7A:22\n' "$TASKCONSOLE_HOST_NAME.example.net" "$port"; sleep 0.4
        done
        """;

    [Fact(Explicit = true)]
    public async Task Take_the_picture_of_a_task_for_the_README()
    {
        await _page.GoAsync("/tasks/new");
        await _page.Get("task-name").FillAsync("Rotate TLS certificates");
        await _page.Get("step-add").ClickAsync();
        await _page.Get("step-name").Nth(0).FillAsync("rotate");
        await _page.WriteAsync(0, Rotate);
        await _page.Get("step-name").Nth(1).FillAsync("verify");
        await _page.WriteAsync(1, Verify);
        await _page.Get("target-Selector").ClickAsync();
        await _page.Get("selector").FillAsync("env in (prod,staging)");
        await Expect(_page.Get("preview-count")).ToHaveTextAsync("5");
        await _page.Get("start").ClickAsync();
        await Page.WaitForURLAsync(TaskAddress());
        await _page.TaskIsAsync("Failed");
        await _page.ReloadAsync();
        await Expect(_page.Rows("Succeeded")).ToHaveCountAsync(8);
        await Expect(_page.Get("output")).ToHaveAttributeAsync("data-complete", "true");
        await Page.EvaluateAsync("document.fonts.ready");
        await Page.ScreenshotAsync(new() { Path = Path.Combine(Root(), "docs", "images", "task.png"), Animations = ScreenshotAnimations.Disabled });
    }

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "TaskConsole.sln")))
        {
            folder = folder.Parent ?? throw new DirectoryNotFoundException("The tests do not run inside the repository.");
        }

        return folder.FullName;
    }
}
