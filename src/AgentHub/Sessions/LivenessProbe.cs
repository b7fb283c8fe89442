namespace TaskConsole.AgentHub.Sessions;

/// <summary>
/// Finds out whether another agent uses the key of a host: the other sessions of the host get a nonce each. Only an agent
/// that is alive after the hello can answer it. One whose connection broke, or is dead and not yet noticed, does not: then
/// the hello is an honest return.
/// </summary>
internal sealed class LivenessProbe(TimeProvider time)
{
    /// <summary>How long an answer is waited for.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>
    /// The session that answered; null when each of them has ended or stayed silent, or when the one that asks has ended.
    /// Takes no time without others.
    /// </summary>
    public async Task<AgentSession?> AskAsync(AgentSession asking, IReadOnlyList<AgentSession> others)
    {
        if (others.Count == 0)
        {
            return null;
        }

        using var over = new CancellationTokenSource();
        var patience = Task.WhenAny(Task.Delay(Patience, time, over.Token), asking.Ending);
        var asked = others.Select(other => AskAsync(other, patience)).ToList();
        try
        {
            while (asked.Count > 0)
            {
                var next = await Task.WhenAny(asked);
                if (await next is { } alive)
                {
                    return alive;
                }

                asked.Remove(next);
            }

            return null;
        }
        finally
        {
            await over.CancelAsync();
        }
    }

    private static async Task<AgentSession?> AskAsync(AgentSession other, Task patience)
    {
        var answer = other.ProbeAsync();
        await Task.WhenAny(answer, other.Ending, patience);
        return answer.IsCompletedSuccessfully ? other : null;
    }
}
