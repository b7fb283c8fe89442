namespace TaskConsole.Core.Results;

/// <summary>Kinds of events that a transaction wrote; what changed nothing proves nothing about the store.</summary>
[Flags]
internal enum WrittenKinds
{
    None = 0,
    Start = 1,
    Output = 2,
    End = 4,
    Background = 8,
}

/// <summary>Which kind an event is.</summary>
internal static class WrittenKind
{
    public static WrittenKinds Of(AttemptEvent attemptEvent) => attemptEvent switch
    {
        AttemptStarted => WrittenKinds.Start,
        AttemptOutput => WrittenKinds.Output,
        AttemptBackgroundEnded => WrittenKinds.Background,
        _ => WrittenKinds.End,
    };
}
