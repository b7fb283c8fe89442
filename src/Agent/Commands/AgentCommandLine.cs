using System.CommandLine;
using System.CommandLine.Parsing;

namespace TaskConsole.Agent.Commands;

/// <summary>The command line of the agent role. Every mistake is one sentence that names the option.</summary>
internal static class AgentCommandLine
{
    private const string TokenVariable = "TASKCONSOLE_JOIN_TOKEN";
    private const int FingerprintBytes = 32;
    private const int MostLabels = 64;
    private const int MostNameLength = 253;

    private static readonly Option<Uri> Hub = new("--hub")
    {
        Description = "Address of the hub: https://HOST:PORT.",
        Required = true,
        CustomParser = ParseHub,
    };

    private static readonly Option<byte[]?> Fingerprint = new("--ca-sha256")
    {
        Description = "SHA-256 of the hub's certificate, in hex; the hub shows it. Without it the system's trust counts.",
        CustomParser = ParseFingerprint,
    };

    private static readonly Option<string> Name = new("--name")
    {
        Description = "Name of this host at the hub.",
        DefaultValueFactory = _ => Environment.MachineName.ToLowerInvariant(),
    };

    private static readonly Option<Dictionary<string, string>> Labels = new("--label")
    {
        Description = "A label KEY=VALUE of this host; may be given more than once.",
        CustomParser = ParseLabels,
        DefaultValueFactory = _ => [],
        Arity = ArgumentArity.ZeroOrMore,
    };

    private static readonly Option<string> DataDirectory = new("--data-dir")
    {
        Description = "Folder of the agent's key and journal.",
        DefaultValueFactory = _ => "/var/lib/taskconsole-agent",
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

    private static readonly Option<int> MaximumRunning = new("--max-running")
    {
        Description = "Most attempts that run here at once.",
        DefaultValueFactory = _ => 256,
    };

    private static readonly Option<int> MaximumSpoolMebibytes = new("--max-spool-mib")
    {
        Description = "Most that output takes in the data directory, in MiB.",
        DefaultValueFactory = _ => 4096,
    };

    /// <summary>The root command, which runs the agent with what was asked for.</summary>
    public static RootCommand Build(Func<AgentOptions, CancellationToken, Task<int>> run)
    {
        var root = new RootCommand("TaskConsole agent: runs what the hub sends to this host.")
        {
            Hub, Fingerprint, Name, Labels, DataDirectory, TokenFile, Token, Insecure, StopWithStandardInput, MaximumRunning, MaximumSpoolMebibytes,
        };
        root.Validators.Add(Validate);
        root.SetAction((parsed, cancellationToken) => run(Read(parsed), cancellationToken));
        return root;
    }

    private static AgentOptions Read(ParseResult parsed) => new()
    {
        Hub = parsed.GetValue(Hub)!,
        AuthorityFingerprint = parsed.GetValue(Fingerprint),
        Name = parsed.GetValue(Name)!,
        Labels = parsed.GetValue(Labels)!,
        DataDirectory = parsed.GetValue(DataDirectory)!,
        JoinToken = (parsed.GetValue(Token)
            ?? (parsed.GetValue(TokenFile) is { } file ? File.ReadAllText(file) : Environment.GetEnvironmentVariable(TokenVariable)))?.Trim(),
        StopWithStandardInput = parsed.GetValue(StopWithStandardInput),
        MaximumRunning = parsed.GetValue(MaximumRunning),
        MaximumSpoolBytes = (long)parsed.GetValue(MaximumSpoolMebibytes) << 20,
    };

    private static void Validate(CommandResult result)
    {
        if (result.GetResult(Hub) is null || result.Errors.Any())
            return;
        var hub = result.GetValue(Hub)!;
        if (hub.Scheme == Uri.UriSchemeHttp && !hub.IsLoopback && !result.GetValue(Insecure))
            result.AddError($"--hub: '{hub}' is not encrypted and another machine; use https://, or add --insecure.");
        if (hub.Scheme == Uri.UriSchemeHttp && result.GetValue(Fingerprint) is not null)
            result.AddError("--ca-sha256 needs a --hub that begins with https://.");
        if (!IsHostName(result.GetValue(Name)!))
            result.AddError($"--name: '{result.GetValue(Name)}' is not a host name; allowed are a-z, 0-9, '.' and '-', at most 253.");
        if (result.GetValue(TokenFile) is { } file && !File.Exists(file))
            result.AddError($"--join-token-file: there is no file '{file}'.");
        if (result.GetValue(MaximumRunning) < 1)
            result.AddError("--max-running must be at least 1.");
        if (result.GetValue(MaximumSpoolMebibytes) < 1)
            result.AddError("--max-spool-mib must be at least 1.");
    }

    private static Uri? ParseHub(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (Uri.TryCreate(text, UriKind.Absolute, out var hub) && (hub.Scheme == Uri.UriSchemeHttps || hub.Scheme == Uri.UriSchemeHttp))
            return hub;
        result.AddError($"--hub: '{text}' is not an address that begins with https:// or http://.");
        return null;
    }

    private static byte[]? ParseFingerprint(ArgumentResult result)
    {
        var text = result.Tokens[0].Value.Replace(":", "", StringComparison.Ordinal);
        if (text.Length == 2 * FingerprintBytes && text.All(char.IsAsciiHexDigit))
            return Convert.FromHexString(text);
        result.AddError("--ca-sha256 is not a SHA-256 in hex (64 digits).");
        return null;
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
