namespace TaskConsole.Core.Problems;

/// <summary>Why an act could not be done: an expected failure that the caller must handle.</summary>
public abstract record Problem(string Detail)
{
    /// <summary>Name of this problem for programs, that never changes; null: it has none yet.</summary>
    public string? Code { get; init; }

    /// <summary>The input is wrong; nothing was changed. REST: 400.</summary>
    /// <param name="Errors">Path of the field as the caller wrote it (<c>commands[0].script</c>) to what is wrong and what is allowed.</param>
    public sealed record Invalid(IReadOnlyDictionary<string, string[]> Errors)
        : Problem(Errors.Count == 1 ? Errors.First().Value[0] : "Some fields are not valid.")
    {
        /// <summary>One field, one error.</summary>
        public Invalid(string field, string error)
            : this(new Dictionary<string, string[]>(StringComparer.Ordinal) { [field] = [error] })
        {
        }
    }

    /// <summary>There is no such thing. REST: 404.</summary>
    public sealed record NotFound(string Detail) : Problem(Detail);

    /// <summary>Its state does not allow it. REST: 409.</summary>
    public sealed record WrongState(string Detail) : Problem(Detail);

    /// <summary>The actor may not. REST: 403.</summary>
    public sealed record Forbidden(string Detail) : Problem(Detail);
}
