namespace TaskConsole.Agent.Supervision;

/// <summary>What a supervisor tells whoever is connected, one byte each. Only a hint to look at the files, but for <see cref="Told"/>.</summary>
internal enum Notice : byte
{
    OutputGrew = 1,
    Started = 2,
    Ended = 3,

    /// <summary>The end record cannot be written, and follows with its length before it.</summary>
    Told = 4,
}
