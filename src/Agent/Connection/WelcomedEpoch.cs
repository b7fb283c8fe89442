using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using Microsoft.Extensions.Logging;
using TaskConsole.Agent.Enrolment;
using TaskConsole.Agent.Journal;
using TaskConsole.Agent.Journal.Records;

namespace TaskConsole.Agent.Connection;

/// <summary>The session epoch of the last Welcome, kept on disk: by it the hub notices that two copies of this folder take turns.</summary>
internal sealed partial class WelcomedEpoch(DataDirectory data, AgentKey key, ILogger<WelcomedEpoch> logger)
{
    private readonly ByteString _key = ByteString.CopyFrom(SHA256.HashData(key.PublicKey.Span));
    private const int PlaceBytes = 16;
    private const string MountNamespace = "/proc/self/ns/mnt";
    private SessionRecord? _kept = DurableFile.ReadIfPossible(data.SessionPath, SessionRecord.Parser);

    /// <summary>
    /// Stands for this folder during this boot, as seen in this mount namespace: whoever has its lock is alone there. A copy
    /// lies elsewhere, or runs on another machine.
    /// </summary>
    public ByteString Place { get; } = ByteString.CopyFrom(
        SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', BootId.Current, new FileInfo(MountNamespace).LinkTarget, data.Path))).AsSpan(0, PlaceBytes));

    /// <summary>What is stored durably; null when nothing is, when it cannot be read, or when it was written with another key.</summary>
    public long? Kept => _kept is { } kept && kept.KeySha256 == _key ? kept.SessionEpoch : null;

    /// <summary>Stores an epoch. False: it could not be written, and what was stored before still stands.</summary>
    public bool TryKeep(long epoch)
    {
        var record = new SessionRecord { SessionEpoch = epoch, KeySha256 = _key };
        try
        {
            DurableFile.Write(data.SessionPath, record);
        }
        catch (IOException failure)
        {
            LogNotKept(epoch, failure.Message);
            return false;
        }

        _kept = record;
        return true;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Session {Epoch} cannot be stored, and is not confirmed to the hub: {Why}")]
    private partial void LogNotKept(long epoch, string why);
}
