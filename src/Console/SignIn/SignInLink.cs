using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace TaskConsole.Console.SignIn;

/// <summary>The sign-in link that the console prints at its start: 256 random bits that work once, for 24 h or until the next start.</summary>
internal sealed class SignInLink(TimeProvider time)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(24);

    private readonly Lock _gate = new();
    private byte[]? _hash;
    private DateTimeOffset _expires;

    /// <summary>Makes a new token, which replaces an earlier one. Only its hash is kept.</summary>
    public string Issue()
    {
        var token = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        lock (_gate)
        {
            _hash = Hash(token);
            _expires = time.GetUtcNow() + Lifetime;
        }

        return token;
    }

    /// <summary>Uses the token up. True for one caller alone.</summary>
    public bool TryUse(string? token)
    {
        if (string.IsNullOrEmpty(token))
        {
            return false;
        }

        var hash = Hash(token);
        lock (_gate)
        {
            if (_hash is null || time.GetUtcNow() >= _expires || !CryptographicOperations.FixedTimeEquals(_hash, hash))
            {
                return false;
            }

            _hash = null;
            return true;
        }
    }

    private static byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}
