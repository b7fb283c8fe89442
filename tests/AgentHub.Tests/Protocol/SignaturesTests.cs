using System.Security.Cryptography;
using CsCheck;
using Google.Protobuf;
using TaskConsole.AgentHub.Protocol;
using Wire = TaskConsole.Protocol.V1;

namespace TaskConsole.AgentHub.Tests.Protocol;

public sealed class SignaturesTests : IDisposable
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public void Dispose() => _key.Dispose();

    [Fact]
    public void A_P256_key_is_one() => Assert.True(Signatures.IsPublicKey(_key.ExportSubjectPublicKeyInfo()));

    [Fact]
    public void Other_keys_are_none()
    {
        using var p384 = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        using var rsa = RSA.Create(2048);
        Assert.False(Signatures.IsPublicKey(p384.ExportSubjectPublicKeyInfo()));
        Assert.False(Signatures.IsPublicKey(rsa.ExportSubjectPublicKeyInfo()));
        Assert.False(Signatures.IsPublicKey([]));
        Assert.False(Signatures.IsPublicKey([.. _key.ExportSubjectPublicKeyInfo(), 0]));
    }

    [Fact]
    public void Random_or_changed_bytes_are_no_key_and_throw_nothing()
    {
        var good = _key.ExportSubjectPublicKeyInfo();
        Gen.Select(Gen.Int[0, good.Length - 1], Gen.Byte).Sample((at, value) =>
        {
            var changed = good.ToArray();
            changed[at] = value;
            Assert.Equal(value == good[at], Signatures.IsPublicKey(changed));
        });
        Gen.Byte.Array[0, 200].Sample(bytes => Assert.False(Signatures.IsPublicKey(bytes)));
    }

    [Fact]
    public void A_hello_proves_its_key_for_this_challenge_alone()
    {
        var challenge = new Wire.Challenge { HubId = Random(16), Nonce = Random(32) };
        var hello = new Wire.Hello { Version = Wire.ProtocolVersion._1, AgentId = Random(16), AgentNonce = Random(32) };
        var signed = Sign(hello, challenge);
        var spki = _key.ExportSubjectPublicKeyInfo();
        Assert.True(Signatures.Proves(signed, hello, challenge, spki));

        Assert.False(Signatures.Proves(signed, hello, new Wire.Challenge(challenge) { Nonce = Random(32) }, spki));
        Assert.False(Signatures.Proves(signed, hello, new Wire.Challenge(challenge) { HubId = Random(16) }, spki));
        Assert.False(Signatures.Proves(new Wire.SignedHello(signed) { Hello = new Wire.Hello(hello) { JournalSequence = 1 }.ToByteString() }, hello, challenge, spki));
        Assert.False(Signatures.Proves(new Wire.SignedHello(signed) { Signature = Random(70) }, hello, challenge, spki));
        Assert.False(Signatures.Proves(new Wire.SignedHello(signed) { Signature = ByteString.Empty }, hello, challenge, spki));
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Assert.False(Signatures.Proves(signed, hello, challenge, other.ExportSubjectPublicKeyInfo()));
    }

    private Wire.SignedHello Sign(Wire.Hello hello, Wire.Challenge challenge) => AgentKey.Sign(_key, hello, challenge);

    private static ByteString Random(int length) => ByteString.CopyFrom(RandomNumberGenerator.GetBytes(length));
}
