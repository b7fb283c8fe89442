using System.Security.Cryptography;
using Google.Protobuf;
using TaskConsole.Protocol.V1;

namespace TaskConsole.Faults.Lab;

/// <summary>What an agent proves by its key, as the contract between hub and agent says.</summary>
internal static class HelloSigning
{
    public static SignedHello Sign(ECDsa key, Hello hello, Challenge challenge)
    {
        var bytes = hello.ToByteArray();
        var proof = new HelloProof
        {
            Context = "taskconsole hello v1",
            HubId = challenge.HubId,
            HubNonce = challenge.Nonce,
            AgentNonce = hello.AgentNonce,
            AgentId = hello.AgentId,
            HelloSha256 = ByteString.CopyFrom(SHA256.HashData(bytes)),
        };
        return new SignedHello { Hello = ByteString.CopyFrom(bytes), Signature = Sign(key, proof) };
    }

    public static EnrolRequest Enrol(ECDsa key, string name, string joinToken)
    {
        var request = new EnrolRequest
        {
            Name = name,
            PublicKey = ByteString.CopyFrom(key.ExportSubjectPublicKeyInfo()),
            JoinToken = joinToken,
            RequestedAtMs = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds(),
        };
        request.Signature = Sign(key, new EnrolProof { Context = "taskconsole enrol v1", Name = name, PublicKey = request.PublicKey, RequestedAtMs = request.RequestedAtMs });
        return request;
    }

    private static ByteString Sign(ECDsa key, IMessage proof) =>
        ByteString.CopyFrom(key.SignData(proof.ToByteArray(), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
}
