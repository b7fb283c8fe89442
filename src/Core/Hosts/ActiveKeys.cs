using System.Threading.Channels;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using TaskConsole.Core.Persistence;

namespace TaskConsole.Core.Hosts;

/// <summary>
/// Finds the keys that hellos must be signed with. Those who ask at the same time are answered by one query: after a
/// restart ten thousand do. Nothing is remembered, so a key counts no more as soon as the store says so.
/// </summary>
internal sealed class ActiveKeys(Store store) : BackgroundService
{
    private const int MaxGroup = 256;

    private readonly Channel<Question> _questions = Channel.CreateUnbounded<Question>(new UnboundedChannelOptions { SingleReader = true });

    /// <summary>The active key (SubjectPublicKeyInfo) of a host; null when the host is unknown, not approved or rejected. Throws what the store throws.</summary>
    public async Task<byte[]?> FindAsync(Guid hostId, CancellationToken cancellationToken)
    {
        var question = new Question(hostId);
        if (!_questions.Writer.TryWrite(question))
        {
            throw Stopping();
        }

        return await question.Answer.Task.WaitAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var group = new List<Question>(MaxGroup);
        try
        {
            while (await _questions.Reader.WaitToReadAsync(stoppingToken))
            {
                group.Clear();
                while (group.Count < MaxGroup && _questions.Reader.TryRead(out var question))
                {
                    group.Add(question);
                }

                await AnswerAsync(group, stoppingToken);
            }
        }
        finally
        {
            _questions.Writer.TryComplete();
            while (_questions.Reader.TryRead(out var question))
            {
                group.Add(question);
            }

            group.ForEach(question => question.Answer.TrySetException(Stopping()));
        }
    }

    private async Task AnswerAsync(List<Question> group, CancellationToken cancellationToken)
    {
        try
        {
            var context = store.Read();
            await using (context)
            {
                var found = await store.Dialect.ActiveKeys(context, group.Select(question => question.HostId).ToHashSet())
                    .Select(key => new { key.HostId, key.PublicKey })
                    .ToListAsync(cancellationToken);
                var keys = found.DistinctBy(key => key.HostId).ToDictionary(key => key.HostId, key => key.PublicKey);
                group.ForEach(question => question.Answer.TrySetResult(keys.GetValueOrDefault(question.HostId)));
            }
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
        {
            group.ForEach(question => question.Answer.TrySetException(failure));
        }
    }

    private static StoreUnavailableException Stopping() => new(new OperationCanceledException("the console is stopping"));

    private sealed record Question(Guid HostId)
    {
        public TaskCompletionSource<byte[]?> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
