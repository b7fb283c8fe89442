using System.CommandLine;
using System.CommandLine.Parsing;

namespace TaskConsole.Agent.Commands;

/// <summary>The command line of the agent role. Every mistake is one sentence that names the option.</summary>
internal static class AgentCommandLine
{
    private const string TokenVariable = "TASKCONSOLE_JOIN_TOKEN";
    private const string UsualDataDirectory = "/var/lib/taskconsole-agent";
    private const string UsualSearchPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    private const int UsualMaximumRunning = 256;
    private const int UsualMaximumSpoolMebibytes = 4096;
    private const int FingerprintBytes = 32;
    private const int MostLabels = 64;
    private const int MostNameLength = 253;

    private static readonly Option<Uri> Hub = new("--hub")
    {
        Description = "Address of the hub: https://HOST:PORT.",
        Required = true,
        CustomParser = ParseHub,
    };

    private static readonly Option<string?> Fingerprint = new("--ca-sha256")
    {
        Description = "SHA-256 of the hub's certificate, in hex; the hub shows it. Without it the system's trust counts.",
    };

    private static readonly Option<string?> Name = new("--name")
    {
        Description = "Name of this host at the hub. Without it: the machine's name.",
    };

    private static readonly Option<Dictionary<string, string>?> Labels = new("--label")
    {
        Description = "A label KEY=VALUE of this host; may be given more than once.",
        CustomParser = ParseLabels,
        Arity = ArgumentArity.ZeroOrMore,
    };

    private static readonly Option<string?> DataDirectory = new("--data-dir")
    {
        Description = $"Folder of the agent's key and journal. Without it: {UsualDataDirectory}.",
    };

    private static readonly Option<string?> TokenFile = new("--join-token-file")
    {
        Description = $"File that holds the join token. Without it: the environment variable {TokenVariable}.",
    };

    private static readonly Option<string?> Token = new("--join-token")
    {
        Description = "The join token itself, for trying out: others on this host can see it.",
    };

    private static readonly Option<bool> Insecure = new("--insecure")
    {
        Description = "Allows http:// to another machine.",
    };

    private static readonly Option<bool> StopWithStandardInput = new("--stop-with-stdin") { Hidden = true };

    private static readonly Option<string?> SearchPath = new("--path")
    {
        Description = $"PATH of the scripts, whatever the agent's own is. Without it: {UsualSearchPath}.",
    };

    private static readonly Option<bool> WithoutCgroups = new("--without-cgroups")
    {
        Description = "Makes no cgroup for each attempt, where the host has them (version 2).",
    };

    private static readonly Option<int?> MaximumRunning = new("--max-running")
    {
        Description = $"Most attempts that run here at once. Without it: {UsualMaximumRunning}.",
    };

    private static readonly Option<int?> MaximumSpoolMebibytes = new("--max-spool-mib")
    {
        Description = $"Most that output takes in the data directory, in MiB. Without it: {UsualMaximumSpoolMebibytes}.",
    };

    /// <summary>The root command, which runs the agent with what was asked for.</summary>
    public static RootCommand Build(Func<AgentOptions, CancellationToken, Task<int>> run)
    {
        var root = new RootCommand("TaskConsole agent: runs what the hub sends to this host.")
        {
            Hub, Fingerprint, Name, Labels, DataDirectory, TokenFile, Token, Insecure, StopWithStandardInput,
            SearchPath, MaximumRunning, MaximumSpoolMebibytes, WithoutCgroups,
        };
        root.Validators.Add(Validate);
        root.SetAction((parsed, cancellationToken) => run(Read(parsed), cancellationToken));
        return root;
    }

    private static AgentOptions Read(ParseResult parsed) => new()
    {
        Hub = parsed.GetValue(Hub)!,
        AuthorityFingerprint = parsed.GetValue(Fingerprint) is { } fingerprint ? ParseFingerprint(fingerprint) : null,
        Name = parsed.GetValue(Name) ?? MachineName,
        Labels = parsed.GetValue(Labels) ?? [],
        DataDirectory = parsed.GetValue(DataDirectory) ?? UsualDataDirectory,
        JoinToken = (parsed.GetValue(Token)
            ?? (parsed.GetValue(TokenFile) is { } file ? File.ReadAllText(file) : Environment.GetEnvironmentVariable(TokenVariable)))?.Trim(),
        StopWithStandardInput = parsed.GetValue(StopWithStandardInput),
        SearchPath = parsed.GetValue(SearchPath) ?? UsualSearchPath,
        UseCgroups = !parsed.GetValue(WithoutCgroups),
        MaximumRunning = parsed.GetValue(MaximumRunning) ?? UsualMaximumRunning,
        MaximumSpoolBytes = (long)(parsed.GetValue(MaximumSpoolMebibytes) ?? UsualMaximumSpoolMebibytes) << 20,
    };

    private static void Validate(CommandResult result)
    {
        if (result.GetResult(Hub) is null || result.Errors.Any())
            return;
        var hub = result.GetValue(Hub)!;
        if (hub.Scheme == Uri.UriSchemeHttp && !hub.IsLoopback && !result.GetValue(Insecure))
            result.AddError($"--hub: '{hub}' is not encrypted and another machine; use https://, or add --insecure.");
        if (result.GetValue(Fingerprint) is { } fingerprint && ParseFingerprint(fingerprint) is null)
            result.AddError("--ca-sha256 is not a SHA-256 in hex (64 digits).");
        if (hub.Scheme == Uri.UriSchemeHttp && result.GetValue(Fingerprint) is not null)
            result.AddError("--ca-sha256 needs a --hub that begins with https://.");
        if (!IsHostName(result.GetValue(Name) ?? MachineName))
            result.AddError($"--name: '{result.GetValue(Name) ?? MachineName}' is not a host name; allowed are a-z, 0-9, '.' and '-', at most 253.");
        if (result.GetValue(TokenFile) is { } file && !File.Exists(file))
            result.AddError($"--join-token-file: there is no file '{file}'.");
        if (result.GetValue(SearchPath) is { } path && !path.Split(':').All(folder => folder.StartsWith('/')))
            result.AddError($"--path: '{path}' is not a list of absolute folders with ':' between them.");
        if (result.GetValue(MaximumRunning) is < 1)
            result.AddError("--max-running must be at least 1.");
        if (result.GetValue(MaximumSpoolMebibytes) is < 1)
            result.AddError("--max-spool-mib must be at least 1.");
    }

    private static string MachineName => Environment.MachineName.ToLowerInvariant();

    private static Uri? ParseHub(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (Uri.TryCreate(text, UriKind.Absolute, out var hub) && (hub.Scheme == Uri.UriSchemeHttps || hub.Scheme == Uri.UriSchemeHttp))
            return hub;
        result.AddError($"--hub: '{text}' is not an address that begins with https:// or http://.");
        return null;
    }

    private static byte[]? ParseFingerprint(string text)
    {
        var digits = text.Replace(":", "", StringComparison.Ordinal);
        return digits.Length == 2 * FingerprintBytes && digits.All(char.IsAsciiHexDigit) ? Convert.FromHexString(digits) : null;
    }

    private static Dictionary<string, string> ParseLabels(ArgumentResult result)
    {
        Dictionary<string, string> labels = new(StringComparer.Ordinal);
        foreach (var token in result.Tokens)
        {
            var equals = token.Value.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0)
                labels[token.Value[..equals]] = token.Value[(equals + 1)..];
            else
                result.AddError($"--label: '{token.Value}' is not KEY=VALUE.");
        }

        if (labels.Count > MostLabels)
            result.AddError($"--label: at most {MostLabels} are allowed.");
        return labels;
    }

    private static bool IsHostName(string name) =>
        name.Length is > 0 and <= MostNameLength
        && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '.' or '-')
        && char.IsAsciiLetterOrDigit(name[0])
        && char.IsAsciiLetterOrDigit(name[^1]);
}
