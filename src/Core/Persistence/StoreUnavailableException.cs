namespace TaskConsole.Core.Persistence;

/// <summary>The store is away, full or busy: nothing is wrong with what was to be written, and it can be tried again.</summary>
public sealed class StoreUnavailableException : Exception
{
    /// <summary>Because of <paramref name="cause"/>.</summary>
    public StoreUnavailableException(Exception cause)
        : base($"The store cannot be written: {cause?.GetBaseException().Message}", cause)
    {
    }
}
