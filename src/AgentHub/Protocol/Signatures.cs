using System.Security.Cryptography;
using Google.Protobuf;
using Wire = TaskConsole.Protocol.V1;

namespace TaskConsole.AgentHub.Protocol;

/// <summary>Checks what agents sign: ECDSA P-256 with SHA-256.</summary>
internal static class Signatures
{
    private const string EnrolContext = "taskconsole enrol v1";
    private const string HelloContext = "taskconsole hello v1";
    private const string P256 = "1.2.840.10045.3.1.7";

    /// <summary>Whether the bytes are a P-256 public key in the one encoding that .NET and OpenSSL write, so that a key has one fingerprint.</summary>
    public static bool IsPublicKey(ReadOnlySpan<byte> subjectPublicKeyInfo)
    {
        try
        {
            using var key = ECDsa.Create();
            key.ImportSubjectPublicKeyInfo(subjectPublicKeyInfo, out var read);
            return read == subjectPublicKeyInfo.Length
                && key.ExportParameters(includePrivateParameters: false).Curve.Oid?.Value == P256
                && subjectPublicKeyInfo.SequenceEqual(key.ExportSubjectPublicKeyInfo());
        }
        catch (Exception)
        {
            // The platform throws different exceptions for bytes that are no key.
            return false;
        }
    }

    /// <summary>Whether the sender of an enrolment holds the private key.</summary>
    public static bool Proves(Wire.EnrolRequest request)
    {
        var proof = new Wire.EnrolProof { Context = EnrolContext, Name = request.Name, PublicKey = request.PublicKey, RequestedAtMs = request.RequestedAtMs };
        return Verify(request.PublicKey.Span, proof, request.Signature);
    }

    /// <summary>Whether the hello was signed with this key for this challenge.</summary>
    public static bool Proves(Wire.SignedHello signed, Wire.Hello hello, Wire.Challenge challenge, ReadOnlySpan<byte> publicKey)
    {
        var proof = new Wire.HelloProof
        {
            Context = HelloContext,
            HubId = challenge.HubId,
            HubNonce = challenge.Nonce,
            AgentNonce = hello.AgentNonce,
            AgentId = hello.AgentId,
            HelloSha256 = UnsafeByteOperations.UnsafeWrap(SHA256.HashData(signed.Hello.Span)),
        };
        return Verify(publicKey, proof, signed.Signature);
    }

    private static bool Verify(ReadOnlySpan<byte> publicKey, IMessage proof, ByteString signature)
    {
        try
        {
            using var key = ECDsa.Create();
            key.ImportSubjectPublicKeyInfo(publicKey, out _);
            return key.VerifyData(proof.ToByteArray(), signature.Span, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        }
        catch (CryptographicException)
        {
            return false;
        }
    }
}
