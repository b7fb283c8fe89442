using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Threading.RateLimiting;

namespace TaskConsole.Console.SignIn;

/// <summary>
/// How often an address (IPv6: a /64) may be wrong about a token: <see cref="Burst"/> times, and once more every few
/// seconds. Beyond it nothing that comes from there is looked at, but for tokens that were right from there before: a
/// guesser behind the same proxy must not lock out who has one.
/// </summary>
internal sealed class WrongTokenLimit : IDisposable
{
    /// <summary>Wrong tokens in a row that are answered as such.</summary>
    public const int Burst = 20;

    private const int MaxRemembered = 10_000;
    private static readonly TimeSpan Spacing = TimeSpan.FromSeconds(3);

    private readonly ConcurrentDictionary<(IPAddress Network, string Token), bool> _right = new();
    private readonly PartitionedRateLimiter<IPAddress> _wrong = PartitionedRateLimiter.Create<IPAddress, IPAddress>(network =>
        RateLimitPartition.GetTokenBucketLimiter(network, static _ => new TokenBucketRateLimiterOptions
        {
            TokenLimit = Burst,
            TokensPerPeriod = 1,
            ReplenishmentPeriod = Spacing,
            QueueLimit = 0,
        }));

    /// <summary>Null: a token from this address may be looked at; otherwise how long to wait.</summary>
    /// <param name="address">Of the caller; null: not known.</param>
    /// <param name="tokenHash">SHA-256 of the token.</param>
    public TimeSpan? Wait(IPAddress? address, byte[] tokenHash)
    {
        var network = Network(address);
        if (_right.ContainsKey((network, Convert.ToHexString(tokenHash))))
        {
            return null;
        }

        // Whole ones: asking for a lease of none succeeds with any fraction that has been filled up since.
        return _wrong.GetStatistics(network) is { CurrentAvailablePermits: 0 } ? Spacing : null;
    }

    /// <summary>A token was wrong.</summary>
    public void Wrong(IPAddress? address) => _wrong.AttemptAcquire(Network(address)).Dispose();

    /// <summary>A token was right.</summary>
    public void Right(IPAddress? address, byte[] tokenHash)
    {
        if (_right.Count >= MaxRemembered)
        {
            _right.Clear();
        }

        _right[(Network(address), Convert.ToHexString(tokenHash))] = true;
    }

    public void Dispose() => _wrong.Dispose();

    private static IPAddress Network(IPAddress? address)
    {
        if (address is not { AddressFamily: AddressFamily.InterNetworkV6, IsIPv4MappedToIPv6: false })
        {
            return address?.MapToIPv4() ?? IPAddress.None;
        }

        var bytes = address.GetAddressBytes();
        bytes.AsSpan(8).Clear();
        return new IPAddress(bytes);
    }
}
