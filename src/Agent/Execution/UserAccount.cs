using System.Runtime.InteropServices;

namespace TaskConsole.Agent.Execution;

/// <summary>A user of this host, from the name service.</summary>
/// <param name="Name">As the name service spells it; the uid as a number where it has no name.</param>
/// <param name="Uid">User id.</param>
/// <param name="Gid">Id of the primary group.</param>
/// <param name="HomeDirectory">HOME of a script; <c>/</c> where none is known.</param>
/// <param name="IsNamed">False: the name service does not know the uid.</param>
internal sealed record UserAccount(string Name, uint Uid, uint Gid, string HomeDirectory, bool IsNamed)
{
    private const int FirstBufferBytes = 1024;
    private const int LargestBufferBytes = 1024 * 1024;

    private unsafe delegate int Lookup(Libc.PasswordEntry* entry, byte* buffer, nuint length, Libc.PasswordEntry** found);

    /// <summary>Looks up a name, never a uid: <c>1000</c> is the account that is called so.</summary>
    /// <param name="name">As an administrator writes it: <c>john.doe</c>, <c>DOMAIN\user</c>, <c>user@realm</c>.</param>
    /// <param name="bufferBytes">Bytes that an entry is first given; more when it needs them, at most 1 MiB.</param>
    /// <returns>Null when there is no such user.</returns>
    /// <exception cref="IOException">The name service failed, so that nothing is known of the user.</exception>
    public static unsafe UserAccount? Find(string name, int bufferBytes = FirstBufferBytes)
    {
        var (account, errno) = Ask((entry, buffer, length, found) => Libc.UserByName(name, entry, buffer, length, found), bufferBytes);
        // getpwnam_r(3): these too may mean that there is no such user.
        return errno is 0 or Libc.ErrnoNotFound or Libc.ErrnoNoProcess or Libc.ErrnoBadDescriptor or Libc.ErrnoNotPermitted
            ? account
            : throw new SystemCallException($"getpwnam_r '{name}'", errno);
    }

    /// <summary>The user that this process runs as; a bare number when it has no name.</summary>
    public static unsafe UserAccount Current()
    {
        var uid = Libc.EffectiveUserId();
        return Ask((entry, buffer, length, found) => Libc.UserById(uid, entry, buffer, length, found), FirstBufferBytes).Account
            ?? new UserAccount(uid.ToString(System.Globalization.CultureInfo.InvariantCulture), uid, uid, "/", IsNamed: false);
    }

    /// <summary>Whether this is the user of that name; a uid without a name is nobody's name.</summary>
    public bool IsCalled(string name) => IsNamed && Name == name;

    // An entry of a directory service may be larger than any fixed buffer: ERANGE asks for more.
    private static unsafe (UserAccount? Account, int Errno) Ask(Lookup lookup, int bufferBytes)
    {
        while (true)
        {
            var memory = new byte[bufferBytes];
            fixed (byte* buffer = memory)
            {
                Libc.PasswordEntry entry;
                Libc.PasswordEntry* found = null;
                var errno = lookup(&entry, buffer, (nuint)bufferBytes, &found);
                if (errno is not (Libc.ErrnoRange or Libc.ErrnoInterrupted) || bufferBytes > LargestBufferBytes)
                    return (errno == 0 && found is not null ? From(entry) : null, errno);
                if (errno == Libc.ErrnoRange)
                    bufferBytes *= 4;
            }
        }
    }

    private static unsafe UserAccount From(Libc.PasswordEntry entry) =>
        new(
            Marshal.PtrToStringUTF8((nint)entry.Name) ?? "",
            entry.Uid,
            entry.Gid,
            Marshal.PtrToStringUTF8((nint)entry.HomeDirectory) ?? "/",
            IsNamed: true);
}
