namespace TaskConsole.Core.Persistence;

/// <summary>What is made once, at the first start. The one row of <c>installation</c>.</summary>
internal sealed class Installation
{
    public const byte TheOne = 1;

    public byte Id { get; set; } = TheOne;

    /// <summary>Part of what enrolments and hellos sign.</summary>
    public Guid HubId { get; set; }

    /// <summary>Join token made at first start, encrypted by Data Protection.</summary>
    public required byte[] JoinToken { get; set; }

    public DateTimeOffset CreatedAt { get; set; }
}
