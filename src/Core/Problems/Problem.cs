namespace TaskConsole.Core.Problems;

/// <summary>Why an act could not be done: an expected failure that the caller must handle. Whoever shows it makes the sentence.</summary>
/// <param name="Message">A code of a list of problem codes, with its arguments.</param>
public abstract record Problem(CodedMessage Message)
{
    /// <summary>The input is wrong; nothing was changed. REST: 400.</summary>
    /// <param name="Errors">Path of the field as the caller wrote it (<c>commands[0].script</c>) to what is wrong and what is allowed.</param>
    public sealed record Invalid(IReadOnlyDictionary<string, IReadOnlyList<CodedMessage>> Errors)
        : Problem(Errors.Count == 1 && Errors.First().Value is [var only] ? only : CodedMessage.Of(RequestProblemCode.Invalid))
    {
        /// <summary>One field, one error.</summary>
        public Invalid(string field, CodedMessage error)
            : this(new Dictionary<string, IReadOnlyList<CodedMessage>>(StringComparer.Ordinal) { [field] = [error] })
        {
        }

        /// <summary>One field, one error.</summary>
        public Invalid(string field, string code, params ReadOnlySpan<(string Name, object Value)> arguments)
            : this(field, CodedMessage.Of(code, arguments))
        {
        }
    }

    /// <summary>There is no such thing. REST: 404.</summary>
    public sealed record NotFound(CodedMessage Message) : Problem(Message)
    {
        public NotFound(string code, params ReadOnlySpan<(string Name, object Value)> arguments)
            : this(CodedMessage.Of(code, arguments))
        {
        }
    }

    /// <summary>Its state does not allow it. REST: 409.</summary>
    public sealed record WrongState(CodedMessage Message) : Problem(Message)
    {
        public WrongState(string code, params ReadOnlySpan<(string Name, object Value)> arguments)
            : this(CodedMessage.Of(code, arguments))
        {
        }
    }

    /// <summary>The actor may not. REST: 403.</summary>
    public sealed record Forbidden(CodedMessage Message) : Problem(Message)
    {
        public Forbidden(string code, params ReadOnlySpan<(string Name, object Value)> arguments)
            : this(CodedMessage.Of(code, arguments))
        {
        }
    }
}
