using System.Security.Cryptography;
using TaskConsole.Protocol.V1;

namespace TaskConsole.Faults.Lab;

/// <summary>Makes a host's clock wrong as the hub sees it: moves every time that the agent tells, and signs its hello again with its key.</summary>
internal sealed class WrongClock(string agentData, TimeSpan wrong)
{
    private readonly long _moveMs = (long)wrong.TotalMilliseconds;
    private Challenge _challenge = new();

    /// <summary>How many messages told a wrong time.</summary>
    public int Moved { get; private set; }

    public Task FromHubAsync(HubMessage message, Func<HubMessage, Task> sendAsync)
    {
        _challenge = message.Challenge ?? _challenge;
        return sendAsync(message);
    }

    public Task FromAgentAsync(AgentMessage message, Func<AgentMessage, Task> sendAsync)
    {
        Moved++;
        switch (message.KindCase)
        {
            case AgentMessage.KindOneofCase.Hello:
                var hello = Hello.Parser.ParseFrom(message.Hello.Hello);
                hello.AgentTimeMs += _moveMs;
                foreach (var attempt in hello.Attempts)
                {
                    attempt.StartedAtMs = Move(attempt.StartedAtMs);
                }

                message.Hello = Sign(hello);
                break;
            case AgentMessage.KindOneofCase.Heartbeat:
                message.Heartbeat.AgentTimeMs += _moveMs;
                break;
            case AgentMessage.KindOneofCase.Started:
                message.Started.ClaimedAtMs = Move(message.Started.ClaimedAtMs);
                message.Started.StartedAtMs = Move(message.Started.StartedAtMs);
                break;
            case AgentMessage.KindOneofCase.Finished:
                message.Finished.ClaimedAtMs = Move(message.Finished.ClaimedAtMs);
                message.Finished.StartedAtMs = Move(message.Finished.StartedAtMs);
                message.Finished.FinishedAtMs = Move(message.Finished.FinishedAtMs);
                break;
            default:
                Moved--;
                break;
        }

        return sendAsync(message);
    }

    private long Move(long at) => at == 0 ? 0 : at + _moveMs;

    private SignedHello Sign(Hello hello)
    {
        using var key = ECDsa.Create();
        key.ImportFromPem(File.ReadAllText(Path.Combine(agentData, "key")));
        return HelloSigning.Sign(key, hello, _challenge);
    }
}
