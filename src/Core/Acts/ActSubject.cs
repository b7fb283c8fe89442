namespace TaskConsole.Core.Acts;

/// <summary>What one act is done to.</summary>
/// <param name="Kind">Of the subject.</param>
/// <param name="Id">Null: the installation.</param>
/// <param name="Name">At that time; null: it has none.</param>
/// <param name="ReadHostsAsync">Ids of all hosts that the act concerns, read when a limited scope asks for them.</param>
public sealed record ActSubject(SubjectKind Kind, Guid? Id, string? Name, Func<CancellationToken, Task<IReadOnlyCollection<Guid>>> ReadHostsAsync)
{
    /// <summary>The installation as a whole, which concerns no host.</summary>
    public static ActSubject Installation { get; } = new(SubjectKind.Installation, null, null, _ => Task.FromResult<IReadOnlyCollection<Guid>>([]));
}
