using System.Security.Cryptography;
using Google.Protobuf;
using TaskConsole.Protocol.V1;

namespace TaskConsole.Swarm.Agents;

/// <summary>The key of a simulated agent, and what it proves with it, as the contract between hub and agent says.</summary>
internal sealed class AgentIdentity(string name) : IDisposable
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public string Name => name;

    /// <summary>The same in enrolment and hello, as an agent tells them: what changed would be written for every host.</summary>
    public static HostFacts Facts() => new() { Os = "swarm", Arch = "x64", CpuCount = 1, AgentVersion = "swarm" };

    public EnrolRequest Enrol(string joinToken)
    {
        var request = new EnrolRequest
        {
            Name = name,
            PublicKey = ByteString.CopyFrom(_key.ExportSubjectPublicKeyInfo()),
            JoinToken = joinToken,
            Labels = { ["swarm"] = "yes" },
            Facts = Facts(),
            RequestedAtMs = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds(),
        };
        request.Signature = Sign(new EnrolProof { Context = "taskconsole enrol v1", Name = name, PublicKey = request.PublicKey, RequestedAtMs = request.RequestedAtMs });
        return request;
    }

    public SignedHello Sign(Hello hello, Challenge challenge)
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
        return new SignedHello { Hello = ByteString.CopyFrom(bytes), Signature = Sign(proof) };
    }

    public void Dispose() => _key.Dispose();

    private ByteString Sign(IMessage proof) =>
        ByteString.CopyFrom(_key.SignData(proof.ToByteArray(), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
}
