namespace TaskConsole.Core.Results;

/// <summary>An attempt as one host tells of it. Whether it is that host's is known only when it is committed.</summary>
/// <param name="HostId">Who says it.</param>
/// <param name="Key">Of what.</param>
internal readonly record struct Sender(Guid HostId, AttemptKey Key);
