using System.Text.RegularExpressions;

namespace TaskConsole.Console.Components.Tasks.Compose;

/// <summary>What makes a command dangerous.</summary>
public enum Danger
{
    DeletesSystemFiles,
    StopsTheHost,
    MakesFileSystem,
    WritesDevice,
    OpensPermissions,
    DropsFirewall,
    KillsEverything,
}

/// <summary>A dangerous command in a script.</summary>
/// <param name="Step">Index of the step.</param>
/// <param name="Line">Line of its script, from 1.</param>
/// <param name="Danger">Why.</param>
/// <param name="Text">The line, trimmed, at most 120 characters.</param>
public readonly record struct DangerFinding(int Step, int Line, Danger Danger, string Text);

/// <summary>
/// Finds commands in scripts that would break a host: a help for hands that slip, not a guard. A script that wants
/// to hide what it does is not found.
/// </summary>
public static partial class DangerScan
{
    private const int MostFindings = 20;
    private const int LongestText = 120;

    private static readonly (Danger Danger, Regex Pattern)[] Patterns =
    [
        (Danger.DeletesSystemFiles, RemoveRoot()), (Danger.StopsTheHost, Stop()), (Danger.MakesFileSystem, FileSystem()),
        (Danger.WritesDevice, Device()), (Danger.OpensPermissions, Permissions()), (Danger.DropsFirewall, Firewall()), (Danger.KillsEverything, Kill()),
    ];

    public static IReadOnlyList<DangerFinding> Find(IReadOnlyList<StepDraft> steps)
    {
        ArgumentNullException.ThrowIfNull(steps);
        return [.. steps.SelectMany((step, index) => FindIn(step.Script, index)).Take(MostFindings)];
    }

    private static IEnumerable<DangerFinding> FindIn(string script, int step)
    {
        var number = 0;
        foreach (var line in script.Split('\n'))
        {
            number++;
            var text = line.Trim();
            if (text.Length == 0 || text[0] == '#')
            {
                continue;
            }

            foreach (var (danger, pattern) in Patterns)
            {
                if (pattern.IsMatch(text))
                {
                    yield return new DangerFinding(step, number, danger, text.Length > LongestText ? text[..LongestText] + "…" : text);
                    break;
                }
            }
        }
    }

    // A recursive rm whose operand is the root, the home, or a directory right below the root.
    [GeneratedRegex("""(?:^|[\s;&|(`])rm\s(?=[^;&|]*(?:-[a-zA-Z]*[rR]|--recursive))[^;&|]*?(?:--no-preserve-root|\s["']?(?:/\*?|~/?\*?|\$\{?HOME\}?/?\*?|/(?:bin|boot|dev|etc|home|lib|lib64|opt|proc|root|sbin|srv|sys|usr|var)/?\*?)["']?(?=$|[\s;&|)`]))""", RegexOptions.ExplicitCapture, 200)]
    private static partial Regex RemoveRoot();

    [GeneratedRegex("""(?:^|[\s;&|(`/])(?:reboot|shutdown|poweroff|halt|init\s+[06]|telinit\s+[06]|systemctl\s+(?:--\S+\s+)*(?:reboot|poweroff|halt|kexec|emergency|rescue))(?=$|[\s;&|)`])""", RegexOptions.ExplicitCapture, 200)]
    private static partial Regex Stop();

    [GeneratedRegex("""(?:^|[\s;&|(`/])(?:mkfs(?:\.\w+)?|mkswap|wipefs|fdisk|sfdisk|parted|blkdiscard)(?=$|\s)""", RegexOptions.ExplicitCapture, 200)]
    private static partial Regex FileSystem();

    [GeneratedRegex("""(?:(?:^|[\s;&|(`])dd\s[^;&|]*\bof=/dev/(?!null|zero|stdout|stderr|full|shm)|>\s*/dev/(?:sd|hd|vd|xvd|nvme|mmcblk|dm-|mapper/))""", RegexOptions.ExplicitCapture, 200)]
    private static partial Regex Device();

    [GeneratedRegex("""(?:^|[\s;&|(`])(?:chmod|chown|chgrp)\s+(?:-\S+\s+)*-(?:[a-zA-Z]*R[a-zA-Z]*|-recursive)\s+(?:-\S+\s+)*\S+\s+["']?/(?:bin|boot|etc|home|lib|lib64|root|sbin|usr|var)?/?\*?["']?(?=$|[\s;&|)`])""", RegexOptions.ExplicitCapture, 200)]
    private static partial Regex Permissions();

    [GeneratedRegex("""(?:^|[\s;&|(`])(?:iptables\s+(?:-t\s+\S+\s+)?-F|iptables\s+--flush|nft\s+flush\s+ruleset|ufw\s+(?:--force\s+)?(?:disable|reset))(?=$|[\s;&|)`])""", RegexOptions.ExplicitCapture, 200)]
    private static partial Regex Firewall();

    [GeneratedRegex("""(?:(?:^|[\s;&|(`])kill(?:all5)?\s+(?:-\S+\s+)*(?:--\s+)?-1(?=$|[\s;&|)`])|:\s*\(\s*\)\s*\{.*\|.*&)""", RegexOptions.ExplicitCapture, 200)]
    private static partial Regex Kill();
}
