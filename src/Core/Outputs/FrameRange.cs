namespace TaskConsole.Core.Outputs;

/// <summary>Frames of one stream of an attempt that begin at <paramref name="From"/> or later and end before <paramref name="Until"/>.</summary>
internal sealed record FrameRange(Guid CommandHostId, int Attempt, OutputStream Stream, long From, long Until);
