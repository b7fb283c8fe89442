using System.CommandLine;
using System.Globalization;
using System.Text;
using TaskConsole.Agent.Connection;
using TaskConsole.Agent.Enrolment;
using TaskConsole.Agent.Settings;

namespace TaskConsole.Agent.Commands;

/// <summary>
/// The command line of the agent role. Every mistake is one sentence on standard error that names the option, and
/// exit status 2. The library only splits it: options are texts, and are read here, because a value that the library
/// failed to convert throws where it is asked for.
/// </summary>
internal static class AgentCommandLine
{
    private const string TokenVariable = "TASKCONSOLE_JOIN_TOKEN";
    private const string UsualDataDirectory = "/var/lib/taskconsole-agent";
    private const string UsualSearchPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    private const int UsualMaximumRunning = 256;
    private const int UsualMaximumSpoolMebibytes = 4096;
    private const int FingerprintBytes = 32;
    private const int MostLabels = 64;
    private const int MostTokenBytes = 4096;
    private const int MostShown = 200;

    private static readonly Option<string?> Hub = new("--hub")
    {
        Description = "Address of the hub: https://HOST:PORT.",
    };

    private static readonly Option<string?> Fingerprint = new("--ca-sha256")
    {
        Description = "SHA-256 of the hub's certificate, in hex; the hub shows it. Without it the system's trust counts.",
    };

    private static readonly Option<string?> Name = new("--name")
    {
        Description = "Name under which this host joins the hub. Without it: the machine's whole name.",
    };

    private static readonly Option<string[]> Labels = new("--label")
    {
        Description = "A label KEY=VALUE with which this host joins; may be given more than once. Afterwards the console owns them.",
        Arity = ArgumentArity.OneOrMore,
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
        Arity = ArgumentArity.Zero,
    };

    private static readonly Option<bool> StopWithStandardInput = new("--stop-with-stdin") { Hidden = true, Arity = ArgumentArity.Zero };

    private static readonly Option<string?> SearchPath = new("--path")
    {
        Description = $"PATH of the scripts, whatever the agent's own is. Without it: {UsualSearchPath}.",
    };

    private static readonly Option<bool> WithoutCgroups = new("--without-cgroups")
    {
        Description = "Makes no cgroup for each attempt, where the host has them (version 2).",
    };

    private static readonly Option<string?> MaximumRunning = new("--max-running")
    {
        Description = $"Most attempts that run here at once. Without it: {UsualMaximumRunning}.",
    };

    private static readonly Option<string?> MaximumSpoolMebibytes = new("--max-spool-mib")
    {
        Description = $"Most that output takes in the data directory, in MiB. Without it: {UsualMaximumSpoolMebibytes}.",
    };

    /// <summary>Runs what the command line asks for: the agent, or an answer to <c>--help</c> or <c>--version</c>.</summary>
    /// <returns>The exit status: what <paramref name="run"/> returns, or 2 after a sentence on standard error.</returns>
    public static async Task<int> RunAsync(string[] arguments, Func<AgentOptions, CancellationToken, Task<int>> run)
    {
        var root = MakeRoot();
        root.SetAction((parsed, cancellationToken) => run(Read(parsed), cancellationToken));
        try
        {
            // The host handles signals; the command line must not end the process behind its back.
            return await Parse(root, arguments).InvokeAsync(
                new InvocationConfiguration { ProcessTerminationTimeout = null, EnableDefaultExceptionHandler = false });
        }
        catch (WrongOptionException wrong)
        {
            await Console.Error.WriteLineAsync(wrong.Message);
            return AgentExit.Misconfigured;
        }
    }

    /// <summary>What a command line asks for.</summary>
    /// <exception cref="WrongOptionException">It is wrong.</exception>
    public static AgentOptions Read(string[] arguments) => Read(Parse(MakeRoot(), arguments));

    private static RootCommand MakeRoot() => new("TaskConsole agent: runs what the hub sends to this host.")
    {
        Hub, Fingerprint, Name, Labels, DataDirectory, TokenFile, Token, Insecure, StopWithStandardInput,
        SearchPath, MaximumRunning, MaximumSpoolMebibytes, WithoutCgroups,
    };

    private static ParseResult Parse(RootCommand root, string[] arguments)
    {
        // A token may begin with '@', which the library would take for a file of more arguments.
        var parsed = root.Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
        return parsed.Errors is [var first, ..] ? throw Wrong(first.Message) : parsed;
    }

    private static AgentOptions Read(ParseResult parsed)
    {
        var hub = ReadHub(parsed);
        return new AgentOptions
        {
            Hub = hub,
            AuthorityFingerprint = ReadFingerprint(parsed, hub),
            Name = ReadName(parsed),
            Labels = ReadLabels(parsed),
            DataDirectory = ReadText(parsed, DataDirectory) ?? UsualDataDirectory,
            JoinToken = ReadToken(parsed),
            StopWithStandardInput = parsed.GetValue(StopWithStandardInput),
            SearchPath = ReadSearchPath(parsed),
            UseCgroups = !parsed.GetValue(WithoutCgroups),
            MaximumRunning = ReadNumber(parsed, MaximumRunning) ?? UsualMaximumRunning,
            MaximumSpoolBytes = (long)(ReadNumber(parsed, MaximumSpoolMebibytes) ?? UsualMaximumSpoolMebibytes) << 20,
        };
    }

    private static Uri ReadHub(ParseResult parsed)
    {
        var text = ReadText(parsed, Hub) ?? throw Wrong("--hub is missing: the address of the hub, https://HOST:PORT.");
        if (!Uri.TryCreate(text, UriKind.Absolute, out var hub) || (hub.Scheme != Uri.UriSchemeHttps && hub.Scheme != Uri.UriSchemeHttp) || hub.Port == 0)
            throw Wrong($"--hub: '{text}' is not an address of a hub; https://HOST:PORT is wanted (http:// where the hub has no TLS).");
        if (hub.PathAndQuery != "/" || hub.Fragment.Length > 0 || hub.UserInfo.Length > 0)
            throw Wrong($"--hub: '{text}' has more than a host and a port; https://HOST:PORT is wanted.");
        if (hub.Scheme == Uri.UriSchemeHttp && !hub.IsLoopback && !parsed.GetValue(Insecure))
            throw Wrong($"--hub: '{text}' is not encrypted and another machine; use https://, or add --insecure.");
        return hub;
    }

    private static byte[]? ReadFingerprint(ParseResult parsed, Uri hub)
    {
        if (ReadText(parsed, Fingerprint) is not { } text)
            return null;
        var digits = text.Replace(":", "", StringComparison.Ordinal);
        if (digits.Length != 2 * FingerprintBytes || !digits.All(char.IsAsciiHexDigit))
            throw Wrong($"--ca-sha256: '{text}' is not a SHA-256 in hex (64 digits).");
        if (hub.Scheme != Uri.UriSchemeHttps)
            throw Wrong("--ca-sha256 needs a --hub that begins with https://.");
        return Convert.FromHexString(digits);
    }

    private static string? ReadName(ParseResult parsed)
    {
        if (ReadText(parsed, Name) is not { } text)
            return null;
        var name = text.ToLowerInvariant();
        return HostName.IsAllowed(name) ? name : throw Wrong($"--name: '{text}' is not a host name; {HostName.Rule}.");
    }

    private static Dictionary<string, string> ReadLabels(ParseResult parsed)
    {
        Dictionary<string, string> labels = new(StringComparer.Ordinal);
        if (parsed.GetResult(Labels) is not { } result)
            return labels;
        if (result.IdentifierTokenCount > result.Tokens.Count)
            throw Wrong("--label needs a value, KEY=VALUE.");
        foreach (var token in result.Tokens)
        {
            var equals = token.Value.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
                throw Wrong($"--label: '{token.Value}' is not KEY=VALUE.");
            var (key, value) = (token.Value[..equals], token.Value[(equals + 1)..]);
            if (!labels.TryAdd(key, value) && labels[key] != value)
                throw Wrong($"--label: '{key}' is given with two values.");
        }

        return labels.Count <= MostLabels ? labels : throw Wrong($"--label: at most {MostLabels} are allowed.");
    }

    // A blank one is none: the variable may be set to nothing.
    private static string? ReadToken(ParseResult parsed)
    {
        var file = ReadText(parsed, TokenFile);
        var text = ReadText(parsed, Token) ?? (file is null ? Environment.GetEnvironmentVariable(TokenVariable) : ReadTokenFile(file));
        return string.IsNullOrWhiteSpace(text) ? null : text.Trim();
    }

    private static string ReadTokenFile(string path)
    {
        try
        {
            using var file = File.OpenRead(path);
            var bytes = new byte[MostTokenBytes + 1];
            var length = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            var text = Encoding.UTF8.GetString(bytes, 0, length).Trim();
            return text.Length > 0 && length <= MostTokenBytes
                ? text
                : throw Wrong($"--join-token-file: '{path}' holds no join token (empty, or more than {MostTokenBytes} bytes).");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            throw Wrong($"--join-token-file: '{path}' cannot be read: {failure.Message}");
        }
    }

    private static string ReadSearchPath(ParseResult parsed)
    {
        var path = ReadText(parsed, SearchPath) ?? UsualSearchPath;
        return path.Split(':').All(folder => folder.StartsWith('/')) ? path : throw Wrong($"--path: '{path}' is not a list of absolute folders with ':' between them.");
    }

    private static int? ReadNumber(ParseResult parsed, Option<string?> option)
    {
        if (ReadText(parsed, option) is not { } text)
            return null;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0
            ? number
            : throw Wrong($"{option.Name}: '{text}' is not a whole number from 1 to {int.MaxValue.ToString(CultureInfo.InvariantCulture)}.");
    }

    private static string? ReadText(ParseResult parsed, Option<string?> option)
    {
        var text = parsed.GetValue(option);
        // The library takes whatever follows for the value.
        if (text?.StartsWith("--", StringComparison.Ordinal) == true)
            throw Wrong($"{option.Name} has no value: '{text}' is the next option.");
        return text is null || !string.IsNullOrWhiteSpace(text) ? text : throw Wrong($"{option.Name} is empty.");
    }

    // Whatever was given, it is one line.
    private static WrongOptionException Wrong(string sentence)
    {
        var line = string.Concat(sentence.Select(letter => char.IsControl(letter) ? ' ' : letter));
        return new WrongOptionException(line.Length <= MostShown * 2 ? line : $"{line[..MostShown]}… …{line[^MostShown..]}");
    }
}
