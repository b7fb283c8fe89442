using System.Runtime.InteropServices;

namespace TaskConsole.Agent.Execution;

/// <summary>A user of this host, from the name service.</summary>
internal sealed record UserAccount(string Name, uint Uid, uint Gid, string HomeDirectory)
{
    private const int BufferBytes = 16 * 1024;

    /// <summary>Null when there is no such user.</summary>
    public static unsafe UserAccount? Find(string name)
    {
        var buffer = stackalloc byte[BufferBytes];
        Libc.PasswordEntry entry;
        Libc.PasswordEntry* found;
        var errno = Libc.UserByName(name, &entry, buffer, BufferBytes, &found);
        return errno != 0 || found is null ? null : From(entry);
    }

    /// <summary>The user that this process runs as; a bare number when it has no name.</summary>
    public static unsafe UserAccount Current()
    {
        var uid = Libc.EffectiveUserId();
        var buffer = stackalloc byte[BufferBytes];
        Libc.PasswordEntry entry;
        Libc.PasswordEntry* found;
        var errno = Libc.UserById(uid, &entry, buffer, BufferBytes, &found);
        return errno != 0 || found is null
            ? new UserAccount(uid.ToString(System.Globalization.CultureInfo.InvariantCulture), uid, uid, "/")
            : From(entry);
    }

    private static unsafe UserAccount From(Libc.PasswordEntry entry) =>
        new(
            Marshal.PtrToStringUTF8((nint)entry.Name) ?? "",
            entry.Uid,
            entry.Gid,
            Marshal.PtrToStringUTF8((nint)entry.HomeDirectory) ?? "/");
}
