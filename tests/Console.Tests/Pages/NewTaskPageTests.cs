using System.Globalization;
using Bunit;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using MudBlazor;
using TaskConsole.Console.Components.Tasks.Compose;
using TaskConsole.Core.Tasks;
using TaskConsole.Core.Tasks.Composing;

namespace TaskConsole.Console.Tests.Pages;

public sealed class NewTaskPageTests : EnginePageTest
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private NavigationManager Navigation => Services.GetRequiredService<NavigationManager>();

    [Fact]
    public async Task What_is_typed_becomes_a_task_and_its_page_opens()
    {
        await AddHostAsync("web-01", labels: ("env", "prod"));
        await AddHostAsync("db-01", labels: ("env", "test"));
        var page = Open();
        await page.Find("[data-testid=task-name]").InputAsync("Rotate");
        await ScriptAsync(page, 0, "echo one");
        await page.Find("[data-testid=step-add]").ClickAsync(new());
        await ScriptAsync(page, 1, "echo two");
        await page.FindAll("[data-testid=step-interpreter]")[1].ChangeAsync("python3 -u");
        await page.FindAll("[data-testid=step-timeout]")[1].ChangeAsync("20");
        await page.FindAll("[data-testid=step-down]")[0].ClickAsync(new());
        await page.Find("[data-testid=parameter-add]").ClickAsync(new());
        await page.Find("[data-testid=parameter-name]").ChangeAsync("TOKEN");
        await page.Find("[data-testid=parameter-value]").ChangeAsync("s3cret");
        await page.Find("[data-testid=parameter-kind]").ChangeAsync("secret");
        await page.Find("[data-testid=selector]").InputAsync("env=prod");
        await page.Find("[data-testid=save]").ClickAsync(new());
        page.WaitForAssertion(() => Assert.Matches("/tasks/[0-9a-f-]{36}$", Navigation.Uri), Patience);

        var task = (await Queries.GetAsync(Guid.Parse(Navigation.Uri.Split('/')[^1]), Me, CancellationToken.None)).Value;
        Assert.Equal("Rotate", task.Name);
        Assert.Equal(OpsTaskStatus.Pending, task.Status);
        Assert.Equal(["echo two", "echo one"], task.Commands.Select(command => command.Script));
        Assert.Equal(("python3|-u", 20), (string.Join('|', task.Commands[0].Interpreter), task.Commands[0].TimeoutSeconds));
        Assert.Equal("env=prod", task.Targets.Selector);
        Assert.Equal(["TOKEN"], task.SecretParameters!.Keys);
        Assert.Equal(2, task.Progress.Total);
    }

    [Fact]
    public async Task What_is_wrong_is_told_in_the_language_of_the_page()
    {
        CultureInfo.CurrentCulture = CultureInfo.CurrentUICulture = CultureInfo.GetCultureInfo("zh-CN");
        await AddHostAsync("web-01");
        var page = Open();
        await page.Find("[data-testid=task-name]").InputAsync(new string('n', 201));
        await ScriptAsync(page, 0, "true");
        await page.Find("[data-testid=selector]").InputAsync("env in (");
        await page.Find("[data-testid=save]").ClickAsync(new());
        page.WaitForElement("[data-testid=invalid]", Patience);
        page.WaitForAssertion(
            () => Assert.Equal(
                ["name 名称为 1 到 200 个字符，此名称有 201 个。", "targets.selector 选择器第 9 列：应为“,”和另一个值，或“)”，却是结尾。"],
                page.FindAll("[data-testid=field-error]").Select(error => $"{error.GetAttribute("data-field")} {error.TextContent.Trim()}").Order(StringComparer.Ordinal)),
            Patience);
    }

    [Fact]
    public async Task What_was_mended_is_told_no_more_and_what_was_not_still_is()
    {
        await AddHostAsync("web-01");
        var page = Open();
        await page.Find("[data-testid=save]").ClickAsync(new());
        page.WaitForElement("[data-testid=invalid]", Patience);
        await page.Find("[data-testid=task-name]").InputAsync("Rotate");
        page.WaitForAssertion(
            () => Assert.Equal(
                ["commands[0].script", "targets.selector"],
                page.FindAll("[data-testid=field-error]").Select(error => error.GetAttribute("data-field")!).Order(StringComparer.Ordinal)),
            Patience);
        await ScriptAsync(page, 0, "echo one");
        await page.Find("[data-testid=selector]").InputAsync("name=web-01");
        page.WaitForAssertion(() => Assert.Empty(page.FindAll("[data-testid=field-error], [data-testid=invalid]")), Patience);
    }

    [Fact]
    public async Task What_core_refuses_is_told_at_its_field()
    {
        var page = Open();
        await page.Find("[data-testid=parameter-add]").ClickAsync(new());
        await page.Find("[data-testid=parameter-name]").ChangeAsync("LD_PRELOAD");
        await page.Find("[data-testid=step-timeout]").ChangeAsync("-1");
        await page.Find("[data-testid=save]").ClickAsync(new());
        page.WaitForElement("[data-testid=invalid]", Patience);
        var fields = page.FindAll("[data-testid=field-error]").Select(error => error.GetAttribute("data-field")).ToArray();
        Assert.Equal(
            ["commands[0].script", "commands[0].timeoutSeconds", "name", "parameters.LD_PRELOAD", "targets.selector"],
            fields.Order(StringComparer.Ordinal));
        Assert.Equal("true", page.Find("[data-testid=task-name]").GetAttribute("aria-invalid"));
        Assert.EndsWith("/", Navigation.Uri, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_interpreter_field_shows_what_will_be_used_and_why()
    {
        var page = Open();
        Assert.Equal(("", "/bin/sh"), Interpreter());
        await ScriptAsync(page, 0, "#!/usr/bin/env -S python3 -u\nprint(1)\n");
        Assert.Equal(("", "/usr/bin/env python3 -u"), Interpreter());
        Assert.Equal("The script runs with /usr/bin/env python3 -u, as its first line says.", page.Find("[data-testid=step-notice]").TextContent);
        Assert.Equal("/usr/bin/env python3 -u", page.FindComponent<ScriptEditor>().Instance.Interpreter);

        await page.Find("[data-testid=step-interpreter]").ChangeAsync("/bin/bash -e");
        Assert.Equal("interpreter.named", page.Find("[data-testid=step-notice]").GetAttribute("data-code"));
        await ScriptAsync(page, 0, "echo");
        Assert.Empty(page.FindAll("[data-testid=step-notice]"));

        (string?, string?) Interpreter()
        {
            var field = page.Find("[data-testid=step-interpreter]");
            return (field.GetAttribute("value") ?? "", field.GetAttribute("placeholder"));
        }
    }

    [Fact]
    public async Task A_secret_that_cannot_be_masked_and_an_open_quote_are_told_at_their_fields()
    {
        await AddHostAsync("web-01");
        var page = Open();
        await page.Find("[data-testid=task-name]").InputAsync("Rotate");
        await ScriptAsync(page, 0, "echo one");
        await page.Find("[data-testid=step-interpreter]").ChangeAsync("bash 'x");
        await page.Find("[data-testid=parameter-add]").ClickAsync(new());
        await page.Find("[data-testid=parameter-name]").ChangeAsync("PIN");
        await page.Find("[data-testid=parameter-value]").ChangeAsync("123");
        await page.Find("[data-testid=parameter-kind]").ChangeAsync("secret");
        await page.Find("[data-testid=selector]").InputAsync("name=web-01");
        await page.Find("[data-testid=save]").ClickAsync(new());
        page.WaitForElement("[data-testid=invalid]", Patience);
        var errors = page.FindAll("[data-testid=field-error]").ToDictionary(error => error.GetAttribute("data-field")!, error => error.TextContent, StringComparer.Ordinal);
        Assert.Equal(["commands[0].interpreter", "secretParameters.PIN"], errors.Keys.Order(StringComparer.Ordinal));
        Assert.Contains("this one has 3", errors["secretParameters.PIN"], StringComparison.Ordinal);
        Assert.Equal("true", page.Find("[data-testid=step-interpreter]").GetAttribute("aria-invalid"));
    }

    [Fact]
    public async Task A_duplicate_names_an_interpreter_only_where_the_script_does_not()
    {
        await AddHostAsync("web-01");
        var original = (await Tasks.CreateAsync(
            new TaskSpec
            {
                Name = "again",
                Commands = [new() { Script = "#!/bin/bash\n" }, new() { Script = "true" }, new() { Script = "true", Interpreter = InterpreterSpec.List("bash", "a b") }],
                Targets = new TargetSpec { All = true },
            },
            Me,
            idempotency: null,
            CancellationToken.None)).Value;
        Navigation.NavigateTo($"tasks/new?from={original.Id}");
        Assert.Equal(["", "", "bash 'a b'"], Open().FindAll("[data-testid=step-interpreter]").Select(field => field.GetAttribute("value") ?? ""));
    }

    [Fact]
    public async Task A_selector_tells_what_it_hits_while_it_is_typed()
    {
        await AddHostAsync("web-01", labels: ("env", "prod"));
        await AddHostAsync("web-02", connect: false, labels: ("env", "prod"));
        await AddHostAsync("db-01", labels: ("env", "test"));
        var page = Open();
        await page.Find("[data-testid=selector]").InputAsync("env=prod");
        page.WaitForAssertion(() => Assert.Equal("2", page.Find("[data-testid=preview-count]").TextContent), Patience);
        Assert.Contains("1 online · 1 offline", page.Find("[data-testid=preview]").TextContent, StringComparison.Ordinal);
        Assert.Equal("web-01, web-02", page.Find("[data-testid=preview-names]").TextContent);
        Assert.StartsWith("One command runs on each of 2 hosts.", page.Find("[data-testid=happens-sentence]").TextContent, StringComparison.Ordinal);

        await page.Find("[data-testid=selector]").InputAsync("env in (prod");
        page.WaitForAssertion(() => Assert.Equal("targets.selector", page.Find("[data-testid=field-error]").GetAttribute("data-field")), Patience);
        Assert.Empty(page.FindAll("[data-testid=preview-count]"));
    }

    [Fact]
    public async Task A_host_that_comes_changes_the_count_by_itself()
    {
        await AddHostAsync("web-01", labels: ("env", "prod"));
        var page = Open();
        await page.Find("[data-testid=selector]").InputAsync("env=prod");
        page.WaitForAssertion(() => Assert.Equal("1", page.Find("[data-testid=preview-count]").TextContent), Patience);
        await AddHostAsync("web-02", labels: ("env", "prod"));
        page.WaitForAssertion(() => Assert.Equal("2", page.Find("[data-testid=preview-count]").TextContent), Patience);
    }

    [Fact]
    public async Task A_label_of_the_fleet_is_one_press_away()
    {
        await AddHostAsync("web-01", labels: [("env", "prod"), ("role", "web")]);
        var page = Open();
        page.WaitForAssertion(() => Assert.Equal(["env=prod", "role=web"], page.FindAll("[data-testid=suggestion]").Select(label => label.TextContent)), Patience);
        await page.FindAll("[data-testid=suggestion]")[0].ClickAsync(new());
        await page.FindAll("[data-testid=suggestion]")[1].ClickAsync(new());
        Assert.Equal("env=prod,role=web", page.Find("[data-testid=selector]").GetAttribute("value"));
        await page.FindAll("[data-testid=suggestion]")[0].ClickAsync(new());
        Assert.Equal("role=web", page.Find("[data-testid=selector]").GetAttribute("value"));
    }

    [Fact]
    public async Task A_dangerous_start_waits_for_the_number_of_hosts()
    {
        await AddHostAsync("web-01");
        await AddHostAsync("web-02");
        var dialogs = Render<MudDialogProvider>();
        var page = Open();
        await page.Find("[data-testid=task-name]").InputAsync("Reboot all");
        await ScriptAsync(page, 0, "reboot");
        await page.Find("[data-testid=target-All]").ClickAsync(new());
        page.WaitForAssertion(() => Assert.Equal("2", page.Find("[data-testid=preview-count]").TextContent), Patience);
        Assert.Single(page.FindAll("[data-testid=danger-finding]"));
        var starting = page.Find("[data-testid=start]").ClickAsync(new());
        dialogs.WaitForElement("[data-testid=confirm-answer]", Patience);
        Assert.True(dialogs.Find("[data-testid=confirm-yes]").HasAttribute("disabled"));
        await dialogs.Find("[data-testid=confirm-answer]").InputAsync("3");
        Assert.True(dialogs.Find("[data-testid=confirm-yes]").HasAttribute("disabled"));
        await dialogs.Find("[data-testid=confirm-answer]").InputAsync("2");
        await dialogs.Find("[data-testid=confirm-yes]").ClickAsync(new());
        await starting;
        page.WaitForAssertion(() => Assert.Matches("/tasks/[0-9a-f-]{36}$", Navigation.Uri), Patience);
    }

    [Fact]
    public async Task A_duplicate_begins_like_its_original()
    {
        await AddHostAsync("web-01");
        var original = await CreateAsync("again", commands: 2);
        Navigation.NavigateTo($"tasks/new?from={original.Id}");
        var page = Open();
        Assert.Equal("again", page.Find("[data-testid=task-name]").GetAttribute("value"));
        Assert.Equal(["step 1", "step 2"], page.FindAll("[data-testid=step-name]").Select(name => name.GetAttribute("value")));
        Assert.Equal("true", page.Find("[data-testid=target-All]").GetAttribute("aria-pressed"));
    }

    private IRenderedComponent<NewTaskPage> Open()
    {
        var page = Render<NewTaskPage>();
        page.WaitForElement("[data-testid=task-name]", Patience);
        return page;
    }

    private static Task ScriptAsync(IRenderedComponent<NewTaskPage> page, int step, string script) =>
        page.InvokeAsync(() => page.FindComponents<ScriptEditor>()[step].Instance.OnScriptChanged(script));
}
