using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using TaskConsole.Harness;
using static Microsoft.Playwright.Assertions;

namespace TaskConsole.EndToEnd.Browser;

/// <summary>From a script's write on the host to the line in the page. One machine, so one clock.</summary>
public sealed partial class InBrowserTests
{
    private const int Lines = 60;

    private const string OneLineEach200Ms = "n=0; while [ $n -lt 60 ]; do n=$((n + 1)); echo \"line $n at $(date +%s%3N)\"; sleep 0.2; done";

    /// <summary>Notes when each element of a line entered the page: a line that is drawn anew counts again.</summary>
    private const string StampLines = """
        window.arrivals = [];
        const seen = new Set();
        new MutationObserver(changes => {
          const now = Date.now();
          for (const node of changes.flatMap(change => [...change.addedNodes])) {
            const lines = node.nodeType !== Node.ELEMENT_NODE ? [] : node.matches('[data-testid=log-line]') ? [node] : node.querySelectorAll('[data-testid=log-line]');
            for (const line of lines) if (!seen.has(line)) { seen.add(line); arrivals.push({ text: line.textContent, at: now }); }
          }
        }).observe(document.body, { childList: true, subtree: true });
        """;

    [Fact]
    public async Task Lines_enter_the_page_one_after_another_as_they_are_written()
    {
        var task = await Api.PostAsync("/tasks", new
        {
            name = "A line each 200 ms",
            commands = new[] { new { script = OneLineEach200Ms } },
            targets = new { selector = "name~=demo-01" },
        }, HttpStatusCode.Created);
        var row = Assert.Single(await Api.CommandHostsAsync(task.Id()));
        await _page.GoAsync($"/tasks/{task.Id()}?row={row.Id()}");
        await Expect(_page.Get("output")).ToHaveAttributeAsync("data-command-host-id", row.Id());
        await Page.EvaluateAsync(StampLines);
        await _page.Get("start").ClickAsync();
        await _page.TaskIsAsync("Completed");
        await Expect(_page.Get("log-line")).ToHaveCountAsync(Lines);

        var arrivals = (await Page.EvaluateAsync<Arrival[]>("window.arrivals")).Select(Stamped.Of).ToList();
        var slowest = arrivals.MaxBy(line => line.Waited)!;
        var waits = arrivals.ConvertAll(line => line.Waited);
        waits.Sort();
        _output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"From write to page, {arrivals.Count} lines: p50 {waits[waits.Count / 2]} ms, p95 {waits[waits.Count * 95 / 100]} ms, least {waits[0]} ms, most {slowest.Waited} ms (line {slowest.Number})"));
        Assert.Equal(Enumerable.Range(1, Lines), arrivals.Select(line => line.Number));
        Assert.Equal(arrivals.Select(line => line.Text), await _page.Get("log-line").AllTextContentsAsync());
        var prompt = arrivals.SkipLast(5).Count(line => line.Arrived < arrivals[line.Number + 4].Written);
        Assert.True(prompt >= 0.8 * (Lines - 5), $"Only {prompt} of {Lines - 5} lines were in the page before the fifth one after them was written.");
    }

    /// <summary>A line as the observer saw it.</summary>
    private sealed class Arrival
    {
        public string Text { get; set; } = "";

        /// <summary>Milliseconds of the browser's clock since 1970.</summary>
        public double At { get; set; }
    }

    /// <summary>A line with both its times, in milliseconds since 1970.</summary>
    private sealed partial record Stamped(string Text, int Number, long Written, long Arrived)
    {
        public long Waited => Arrived - Written;

        public static Stamped Of(Arrival arrival)
        {
            var said = Line().Match(arrival.Text);
            Assert.True(said.Success, arrival.Text);
            return new Stamped(
                arrival.Text,
                int.Parse(said.Groups["number"].Value, CultureInfo.InvariantCulture),
                long.Parse(said.Groups["written"].Value, CultureInfo.InvariantCulture),
                (long)arrival.At);
        }

        [GeneratedRegex("^line (?<number>[0-9]+) at (?<written>[0-9]{13})$", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
        private static partial Regex Line();
    }
}
