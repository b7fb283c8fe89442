using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using Microsoft.Extensions.Logging;
using TaskConsole.Agent.Journal;

namespace TaskConsole.Agent.Enrolment;

/// <summary>The agent's key pair, ECDSA P-256: its identity. Made at the first start; the file is 0600.</summary>
internal sealed partial class AgentKey : IDisposable
{
    private readonly ECDsa _key;

    private AgentKey(ECDsa key)
    {
        _key = key;
        PublicKey = ByteString.CopyFrom(key.ExportSubjectPublicKeyInfo());
        Fingerprint = Convert.ToHexStringLower(SHA256.HashData(PublicKey.Span));
    }

    /// <summary>SubjectPublicKeyInfo, DER.</summary>
    public ByteString PublicKey { get; }

    /// <summary>SHA-256 of <see cref="PublicKey"/>, what an operator compares before approving.</summary>
    public string Fingerprint { get; }

    /// <summary>Makes a new one too when what is there is no key: the host then asks to join again.</summary>
    /// <exception cref="IOException">It can be neither read nor written.</exception>
    public static AgentKey ReadOrMake(string path, ILogger<AgentKey> logger)
    {
        if (DurableFile.ReadBytes(path) is { } bytes)
        {
            if (TryImport(Encoding.ASCII.GetString(bytes)) is { } kept)
                return new AgentKey(kept);
            LogDamaged(logger, path);
        }

        var made = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        DurableFile.Write(path, Encoding.ASCII.GetBytes(made.ExportPkcs8PrivateKeyPem()));
        return new AgentKey(made);
    }

    private static ECDsa? TryImport(string pem)
    {
        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(pem);
            // A damaged one may import, and fail only here.
            key.SignData([], HashAlgorithmName.SHA256);
            return key;
        }
        // Of another curve, too.
        catch (Exception failure) when (failure is ArgumentException or CryptographicException or PlatformNotSupportedException)
        {
            key.Dispose();
            return null;
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "'{Path}' is damaged: this host gets a new key, and asks to join again as a replacement")]
    private static partial void LogDamaged(ILogger logger, string path);

    /// <summary>SHA-256, DER (RFC 3279), over the message with its fields in ascending order.</summary>
    public ByteString Sign(IMessage message) =>
        ByteString.CopyFrom(_key.SignData(message.ToByteArray(), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));

    public void Dispose() => _key.Dispose();
}
