using System.Net;
using System.Net.Sockets;

namespace TaskConsole.AgentHub.Enrolment;

/// <summary>
/// How often may be asked: for each address and for all together, each a bucket that refills evenly and holds what
/// ten seconds bring. Addresses that have been quiet are forgotten.
/// </summary>
internal sealed class EnrolmentLimit
{
    private const int MaxAddresses = 65_536;
    private static readonly TimeSpan Burst = TimeSpan.FromSeconds(10);

    private readonly TimeProvider _time;
    private readonly TimeSpan _spacing;
    private readonly TimeSpan _spacingOfAddress;
    private readonly Lock _gate = new();

    // The time, since the start, at which the bucket is full again.
    private readonly Dictionary<IPAddress, TimeSpan> _fullAt = [];
    private readonly long _start;
    private TimeSpan _allFullAt;

    public EnrolmentLimit(int perMinute, int perMinuteAndAddress, TimeProvider time)
    {
        _time = time;
        _start = time.GetTimestamp();
        _spacing = TimeSpan.FromMinutes(1) / perMinute;
        _spacingOfAddress = TimeSpan.FromMinutes(1) / perMinuteAndAddress;
    }

    /// <summary>Null: it may be looked at; otherwise how long the asker should wait.</summary>
    public TimeSpan? Ask(IPAddress address)
    {
        var key = Network(address);
        var now = _time.GetElapsedTime(_start);
        lock (_gate)
        {
            _fullAt.TryGetValue(key, out var fullAt);
            if (Wait(fullAt, _spacingOfAddress, now) is { } wait)
            {
                return wait;
            }

            if (Wait(_allFullAt, _spacing, now) is { } waitOfAll)
            {
                return waitOfAll;
            }

            if (_fullAt.Count >= MaxAddresses && !_fullAt.ContainsKey(key) && !ForgetQuiet(now))
            {
                return Burst;
            }

            _fullAt[key] = (fullAt > now ? fullAt : now) + _spacingOfAddress;
            _allFullAt = (_allFullAt > now ? _allFullAt : now) + _spacing;
            return null;
        }
    }

    private static TimeSpan? Wait(TimeSpan fullAt, TimeSpan spacing, TimeSpan now)
    {
        // With a full bucket one request is always allowed, however slowly the bucket refills.
        var burst = Burst > spacing ? Burst : spacing;
        var wait = fullAt + spacing - now - burst;
        return wait > TimeSpan.Zero ? wait : null;
    }

    private bool ForgetQuiet(TimeSpan now)
    {
        foreach (var (quiet, fullAt) in _fullAt)
        {
            if (fullAt <= now)
            {
                _fullAt.Remove(quiet);
            }
        }

        return _fullAt.Count < MaxAddresses;
    }

    private static IPAddress Network(IPAddress address)
    {
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return address;
        }

        var bytes = address.GetAddressBytes();
        bytes.AsSpan(8).Clear();
        return new IPAddress(bytes);
    }
}
