using System.Diagnostics;
using System.Globalization;

namespace TaskConsole.Console.Demo;

/// <summary>How one demo agent is started.</summary>
internal sealed record DemoAgentPlan
{
    private static readonly string[] Environments = ["prod", "staging"];
    private static readonly string[] Roles = ["web", "db", "cache", "queue"];
    private static readonly string[] Zones = ["a", "b", "c"];

    /// <summary>What an agent may have of the console's environment: nothing that holds a secret.</summary>
    private static readonly string[] PassedOn = ["PATH", "HOME", "USER", "LANG", "TMPDIR", "DOTNET_ROOT", "LD_LIBRARY_PATH"];

    /// <summary><c>demo-01</c> and so on.</summary>
    public required string Name { get; init; }

    public required IReadOnlyDictionary<string, string> Labels { get; init; }

    /// <summary>Where it keeps its key and journal.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>The hub's address.</summary>
    public required Uri Hub { get; init; }

    /// <summary>SHA-256 of the hub's authority; null without TLS.</summary>
    public required string? AuthorityFingerprint { get; init; }

    /// <summary>Handed over by the environment, never by an argument.</summary>
    public required string JoinToken { get; init; }

    /// <summary>The agent that the console's build put beside it.</summary>
    public string Program { get; } = Path.Combine(AppContext.BaseDirectory, "agent", OperatingSystem.IsWindows() ? "TaskConsole.Agent.exe" : "TaskConsole.Agent");

    /// <summary>Leaves out the token.</summary>
    public override string ToString() => Name;

    /// <summary>Name and labels of the agent with a number from 1 on.</summary>
    public static (string Name, IReadOnlyDictionary<string, string> Labels) Identity(int number)
    {
        var index = number - 1;
        return (
            string.Create(CultureInfo.InvariantCulture, $"demo-{number:00}"),
            new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["env"] = Environments[index % Environments.Length],
                ["role"] = Roles[index / Environments.Length % Roles.Length],
                ["zone"] = Zones[index % Zones.Length],
            });
    }

    public ProcessStartInfo StartInfo()
    {
        var start = new ProcessStartInfo(Program)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = DataDirectory,
        };
        Add("--hub", Hub.GetLeftPart(UriPartial.Authority));
        Add("--name", Name);
        Add("--data-dir", DataDirectory);
        if (AuthorityFingerprint is not null)
        {
            Add("--ca-sha256", AuthorityFingerprint);
        }

        foreach (var (name, value) in Labels)
        {
            Add("--label", $"{name}={value}");
        }

        start.ArgumentList.Add("--stop-with-stdin");
        foreach (var name in start.Environment.Keys.Except(PassedOn, StringComparer.Ordinal).ToList())
        {
            start.Environment.Remove(name);
        }

        start.Environment["TASKCONSOLE_JOIN_TOKEN"] = JoinToken;
        return start;

        void Add(string option, string value)
        {
            start.ArgumentList.Add(option);
            start.ArgumentList.Add(value);
        }
    }
}
