using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using TaskConsole.Agent.Journal;

namespace TaskConsole.Agent.Enrolment;

/// <summary>The agent's key pair, ECDSA P-256: its identity. Made at the first start; the file is 0600.</summary>
internal sealed class AgentKey : IDisposable
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

    public static AgentKey ReadOrMake(string path)
    {
        if (!File.Exists(path))
        {
            using var made = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            DurableFile.Write(path, Encoding.ASCII.GetBytes(made.ExportPkcs8PrivateKeyPem()));
        }

        var key = ECDsa.Create();
        key.ImportFromPem(File.ReadAllText(path));
        return new AgentKey(key);
    }

    /// <summary>SHA-256, DER (RFC 3279), over the message with its fields in ascending order.</summary>
    public ByteString Sign(IMessage message) =>
        ByteString.CopyFrom(_key.SignData(message.ToByteArray(), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));

    public void Dispose() => _key.Dispose();
}
