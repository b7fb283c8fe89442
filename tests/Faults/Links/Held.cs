using System.Diagnostics.CodeAnalysis;

namespace TaskConsole.Faults.Links;

/// <summary>One message that a relay keeps back until the test lets it go; what came before has passed.</summary>
[SuppressMessage("Performance", "CA1812", Justification = "Made by the relay.")]
internal sealed class Held<T>(Predicate<T> which)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TaskCompletionSource<T> _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<bool> _decided = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Returns the message once it is held.</summary>
    public Task<T> ReachedAsync() => _reached.Task.WaitAsync(Patience);

    /// <summary>It goes on its way.</summary>
    public void Release() => _decided.TrySetResult(true);

    /// <summary>It is lost.</summary>
    public void Drop() => _decided.TrySetResult(false);

    public async Task PassAsync(T message, Func<T, Task> sendAsync)
    {
        if (which(message) && _reached.TrySetResult(message) && !await _decided.Task)
        {
            return;
        }

        await sendAsync(message);
    }
}
