using System.Security.Cryptography;
using Google.Protobuf;
using Wire = TaskConsole.Protocol.V1;

namespace TaskConsole.AgentHub.Tests;

/// <summary>Signs as the contract tells agents to; written from the contract, not from the hub's code.</summary>
internal static class AgentKey
{
    public static Wire.SignedHello Sign(ECDsa key, Wire.Hello hello, Wire.Challenge challenge)
    {
        var bytes = hello.ToByteArray();
        var proof = new Wire.HelloProof
        {
            Context = "taskconsole hello v1",
            HubId = challenge.HubId,
            HubNonce = challenge.Nonce,
            AgentNonce = hello.AgentNonce,
            AgentId = hello.AgentId,
            HelloSha256 = ByteString.CopyFrom(SHA256.HashData(bytes)),
        };
        return new Wire.SignedHello { Hello = ByteString.CopyFrom(bytes), Signature = Sign(key, proof) };
    }

    public static Wire.EnrolRequest Enrol(ECDsa key, string name, string joinToken, DateTimeOffset at)
    {
        var request = new Wire.EnrolRequest
        {
            Name = name,
            PublicKey = ByteString.CopyFrom(key.ExportSubjectPublicKeyInfo()),
            JoinToken = joinToken,
            RequestedAtMs = at.ToUnixTimeMilliseconds(),
            Labels = { ["env"] = "prod" },
            Facts = new Wire.HostFacts { Os = "debian", Arch = "x64", CpuCount = 4 },
        };
        request.Signature = Sign(key, new Wire.EnrolProof { Context = "taskconsole enrol v1", Name = request.Name, PublicKey = request.PublicKey, RequestedAtMs = request.RequestedAtMs });
        return request;
    }

    private static ByteString Sign(ECDsa key, IMessage proof) =>
        ByteString.CopyFrom(key.SignData(proof.ToByteArray(), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
}
