using System.Globalization;
using TaskConsole.Agent.Execution;

namespace TaskConsole.Agent.Files;

/// <summary>Groups of accounts, from /etc/group and /etc/passwd.</summary>
internal static class UserGroup
{
    private const string Path = "/etc/group";
    private const string AccountsPath = "/etc/passwd";

    /// <summary>
    /// Whether a group is one that holds this user alone, as many systems make one for each account: named as it, without
    /// members beside, and no other account's own. What it may write, nobody else may.
    /// </summary>
    public static bool IsPrivate(uint group)
    {
        if (!File.Exists(Path))
            return false;
        var id = group.ToString(CultureInfo.InvariantCulture);
        foreach (var line in File.ReadLines(Path))
        {
            if (line.Split(':') is [var name, _, var number, var members] && number == id)
                return name == UserAccount.Current().Name && (members.Length == 0 || members == name) && !IsOfAnother(id, name);
        }

        return false;
    }

    private static bool IsOfAnother(string group, string account) =>
        File.Exists(AccountsPath) && File.ReadLines(AccountsPath).Any(line => line.Split(':') is [var name, _, _, var number, ..] && number == group && name != account);
}
