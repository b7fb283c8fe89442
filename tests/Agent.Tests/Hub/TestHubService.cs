using System.Globalization;
using System.Security.Cryptography;
using Google.Protobuf;
using Grpc.Core;
using TaskConsole.Protocol.V1;

namespace TaskConsole.Agent.Tests.Hub;

/// <summary>The three calls of the contract, checked as the real hub has to.</summary>
public sealed class TestHubService(HubState state) : AgentHub.AgentHubBase
{
    public override Task<AuthorityResponse> GetAuthority(AuthorityRequest request, ServerCallContext context) =>
        Task.FromResult(new AuthorityResponse { CertificateDer = ByteString.CopyFrom(state.AuthorityCertificate) });

    public override Task<EnrolResponse> Enrol(EnrolRequest request, ServerCallContext context)
    {
        state.Enrolments.Enqueue(request);
        var proof = new EnrolProof
        {
            Context = "taskconsole enrol v1",
            Name = request.Name,
            PublicKey = request.PublicKey,
            RequestedAtMs = request.RequestedAtMs,
        };
        if (state.ClockOff is { } off)
        {
            throw new RpcException(
                new Status(StatusCode.Unauthenticated, "as the hub says it"),
                new Metadata { { "hub-time-ms", (Now + (long)off.TotalMilliseconds).ToString(CultureInfo.InvariantCulture) } });
        }

        if (request.JoinToken != TestHub.JoinToken || !Verify(request.PublicKey, proof, request.Signature))
            throw new RpcException(new Status(StatusCode.Unauthenticated, "wrong join token or signature"));
        var approved = state.Decision == EnrolResponse.Types.Decision.Approved;
        if (approved)
            state.PublicKey = request.PublicKey;
        return Task.FromResult(new EnrolResponse
        {
            Decision = state.Decision,
            HubId = TestHub.HubId,
            AgentId = approved ? state.AgentId : ByteString.Empty,
            RetryAfterMs = 250,
            Message = "as the test says",
        });
    }

    public override async Task Connect(
        IAsyncStreamReader<AgentMessage> requestStream, IServerStreamWriter<HubMessage> responseStream, ServerCallContext context)
    {
        using var breaking = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken);
        var challenge = new Challenge
        {
            HubId = TestHub.HubId,
            Nonce = ByteString.CopyFrom(RandomNumberGenerator.GetBytes(32)),
            HubTimeMs = Now,
            LowestVersion = ProtocolVersion._1,
        };
        await responseStream.WriteAsync(new HubMessage { Challenge = challenge });
        if (!await requestStream.MoveNext(breaking.Token))
            return;
        var hello = Check(challenge, requestStream.Current.Hello);
        if (state.Refusal is { } refusal)
            throw new RpcException(refusal);
        // Nobody else sends before the Welcome.
        using var oneWriter = new SemaphoreSlim(0, 1);
        var session = state.Open(hello, SendAsync, breaking);
        var welcome = new Welcome { SessionEpoch = session.Epoch, HubTimeMs = Now, Settings = state.Settings, FirstHeartbeatMs = state.NextHeartbeatMs };
        foreach (var entry in hello.Attempts)
        {
            welcome.Attempts.Add(new Reconciled
            {
                Key = entry.Key,
                Verdict = Reconciled.Types.Verdict.Keep,
                StdoutOffset = entry.StdoutAcknowledged,
                StderrOffset = entry.StderrAcknowledged,
            });
        }

        state.Reconcile?.Invoke(hello, welcome);
        if (state.ProbesBeforeWelcome)
        {
            await responseStream.WriteAsync(new HubMessage { Probe = new Probe { Nonce = ByteString.CopyFrom(RandomNumberGenerator.GetBytes(16)) } });
            if (await requestStream.MoveNext(breaking.Token))
                session.Add(requestStream.Current);
        }

        await responseStream.WriteAsync(new HubMessage { Welcome = welcome });
        oneWriter.Release();
        try
        {
            while (await requestStream.MoveNext(breaking.Token))
            {
                session.Add(requestStream.Current);
                if (Answer(session, requestStream.Current) is { } answer)
                    await SendAsync(answer);
            }
        }
        catch (Exception failure) when (failure is OperationCanceledException or IOException)
        {
            context.GetHttpContext().Abort();
        }
        finally
        {
            session.Ended = true;
        }

        async Task SendAsync(HubMessage message)
        {
            await oneWriter.WaitAsync(breaking.Token);
            try
            {
                await responseStream.WriteAsync(message);
            }
            finally
            {
                oneWriter.Release();
            }
        }
    }

    private static long Now => TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();

    private HubMessage? Answer(HubSessionRecord session, AgentMessage message) => message.KindCase switch
    {
        AgentMessage.KindOneofCase.Heartbeat when IsAnswered(session) =>
            new HubMessage { HeartbeatReply = new HeartbeatReply { HubTimeMs = Now, NextHeartbeatMs = state.NextHeartbeatMs } },
        AgentMessage.KindOneofCase.Output when state.Acknowledges =>
            Acknowledged(message.Output.Key, message.Output.Stream, message.Output.Offset + message.Output.Data.Length),
        AgentMessage.KindOneofCase.Omitted when state.Acknowledges =>
            Acknowledged(message.Omitted.Key, message.Omitted.Stream, message.Omitted.To),
        AgentMessage.KindOneofCase.Finished when state.Acknowledges =>
            new HubMessage { Acknowledge = new Acknowledge { Key = message.Finished.Key, End = true } },
        _ => null,
    };

    private bool IsAnswered(HubSessionRecord session) =>
        state.HeartbeatsPerAnswer > 0 && session.Received.Count(message => message.Heartbeat is not null) % state.HeartbeatsPerAnswer == 1 % state.HeartbeatsPerAnswer;

    private static HubMessage Acknowledged(AttemptKey key, OutputStream stream, long offset) => new()
    {
        Acknowledge = new Acknowledge { Key = key, Output = new OutputPosition { Stream = stream, Offset = offset } },
    };

    private Hello Check(Challenge challenge, SignedHello signed)
    {
        var hello = Hello.Parser.ParseFrom(signed.Hello);
        var proof = new HelloProof
        {
            Context = "taskconsole hello v1",
            HubId = TestHub.HubId,
            HubNonce = challenge.Nonce,
            AgentNonce = hello.AgentNonce,
            AgentId = hello.AgentId,
            HelloSha256 = ByteString.CopyFrom(SHA256.HashData(signed.Hello.Span)),
        };
        if (hello.AgentId != state.AgentId || state.PublicKey is null || !Verify(state.PublicKey, proof, signed.Signature))
            throw new RpcException(new Status(StatusCode.Unauthenticated, "unknown key or bad signature"));
        return hello;
    }

    private static bool Verify(ByteString publicKey, IMessage proof, ByteString signature)
    {
        using var key = ECDsa.Create();
        key.ImportSubjectPublicKeyInfo(publicKey.Span, out _);
        return key.VerifyData(proof.ToByteArray(), signature.Span, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
    }
}
