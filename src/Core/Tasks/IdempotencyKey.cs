namespace TaskConsole.Core.Tasks;

/// <summary>A remembered <c>Idempotency-Key</c>. Row of <c>idempotency_keys</c>, key (scope, key), kept 24 h.</summary>
internal sealed class IdempotencyKey
{
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(24);

    public required string Scope { get; set; }

    public required string Key { get; set; }

    public required byte[] BodyHash { get; set; }

    public Guid TaskId { get; set; }

    public DateTimeOffset CreatedAt { get; set; }
}
