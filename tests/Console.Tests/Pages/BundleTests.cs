using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;

namespace TaskConsole.Console.Tests.Pages;

public sealed class BundleTests
{
    [Fact]
    public void The_editor_bundle_was_built_from_its_sources()
    {
        var sources = Text("Editor/editor.mjs") + Text("Editor/package-lock.json");
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(sources)));
        var head = File.ReadLines(PathOf("wwwroot/js/editor.bundle.js")).First();
        Assert.True(head.Contains(hash, StringComparison.Ordinal), "Build it again: npm ci && npm run build in src/Console/Editor.");
    }

    [Fact]
    public void Nothing_is_fetched_from_another_host()
    {
        var files = Directory.EnumerateFiles(PathOf("wwwroot"), "*", SearchOption.AllDirectories)
            .Concat(Directory.EnumerateFiles(PathOf("Components"), "*.razor", SearchOption.AllDirectories))
            .Where(file => !file.EndsWith("editor.bundle.js", StringComparison.Ordinal) && !file.EndsWith(".woff2", StringComparison.Ordinal) && !file.EndsWith("LICENSE.txt", StringComparison.Ordinal));
        Assert.Empty(files.Where(file => File.ReadAllText(file).Replace("http://www.w3.org", "", StringComparison.Ordinal) is var text
            && (text.Contains("http://", StringComparison.Ordinal) || text.Contains("https://", StringComparison.Ordinal))).Select(Path.GetFileName));
    }

    private static string Text(string file) => File.ReadAllText(PathOf(file)).Replace("\r\n", "\n", StringComparison.Ordinal);

    private static string PathOf(string file, [CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "../../../src/Console", file);
}
