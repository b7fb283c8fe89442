namespace TaskConsole.Contract;

/// <summary>
/// Codes of what is wrong with a request as such: its address, body, query, headers, token, or the console itself.
/// Each has a sentence in every language of the pages. Behind each code stand its arguments.
/// </summary>
public static class RequestProblemCode
{
    /// <summary>Several fields are wrong; <c>errors</c> and <c>errorCodes</c> name each.</summary>
    public const string Invalid = "request.invalid";

    /// <summary>There is nothing under the address.</summary>
    public const string NoSuchAddress = "request.no-such-address";

    /// <summary>No endpoint takes it: another method, another media type.</summary>
    public const string NotAnswered = "request.not-answered";

    /// <summary>It is no HTTP that can be read.</summary>
    public const string NotRead = "request.not-read";

    /// <summary>The body is too large. <c>limitMebibytes</c>.</summary>
    public const string TooLarge = "request.too-large";

    /// <summary>There is no body, or it is no object.</summary>
    public const string NoObject = "request.no-object";

    /// <summary>The body is no JSON; line and byte count from 1. <c>line, byte</c>.</summary>
    public const string NotJson = "request.not-json";

    /// <summary>The body is of another type; <c>type</c> names the type that is wanted, as in <see cref="FieldType"/>. <c>type</c>.</summary>
    public const string BodyType = "request.type";

    /// <summary>A field of this name is not known. <c>field</c>.</summary>
    public const string FieldUnknown = "field.unknown";

    /// <summary>A field is there twice. <c>field</c>.</summary>
    public const string FieldTwice = "field.twice";

    /// <summary>A field has a value of another type. <c>type</c> is one of text, text-or-texts, object, list, boolean, integer, uuid, time. <c>field, type</c>.</summary>
    public const string FieldType = "field.type";

    /// <summary>A field has a value beside those that are known. <c>field, allowed</c>.</summary>
    public const string FieldChoice = "field.choice";

    /// <summary>A number is out of its range. <c>field, least, most</c>.</summary>
    public const string FieldRange = "field.range";

    /// <summary>A page of this size is not given. <c>longest, size</c>.</summary>
    public const string PageSize = "page.size";

    /// <summary>Pages count from 1. <c>number</c>.</summary>
    public const string PageNumber = "page.number";

    /// <summary>No list has that many pages. <c>number</c>.</summary>
    public const string PageBeyondEveryList = "page.beyond-every-list";

    /// <summary>The list has no such page. <c>last, number</c>.</summary>
    public const string PageBeyondLast = "page.beyond-last";

    /// <summary>The header Idempotency-Key is empty or too long, in characters. <c>longest</c>.</summary>
    public const string IdempotencyKeyLength = "idempotency-key.length";

    /// <summary>The key came before with another body. <c>key</c>.</summary>
    public const string IdempotencyKeyReused = "idempotency-key.reused";

    /// <summary>An offset does not go with both streams.</summary>
    public const string OffsetOfBoth = "output.offset-of-both";

    /// <summary>A cursor does not go with one stream.</summary>
    public const string CursorOfOne = "output.cursor-of-one";

    /// <summary>It is no cursor.</summary>
    public const string Cursor = "output.cursor";

    /// <summary>It is no place in an output.</summary>
    public const string LiveOffset = "live.offset";

    /// <summary>The connection watches as much as it may. <c>limit</c>.</summary>
    public const string LiveWatches = "live.watches";

    /// <summary>Nobody is signed in.</summary>
    public const string NotSignedIn = "access.not-signed-in";

    /// <summary>The request has no API token.</summary>
    public const string TokenMissing = "access.token-missing";

    /// <summary>The API token is not valid.</summary>
    public const string TokenWrong = "access.token-wrong";

    /// <summary>Too many wrong tokens came from the address.</summary>
    public const string TokenWrongTooOften = "access.token-wrong-too-often";

    /// <summary>The token may not do it.</summary>
    public const string TokenForbidden = "access.token-forbidden";

    /// <summary>The person who is signed in may not do it.</summary>
    public const string Forbidden = "access.forbidden";

    /// <summary>The actor may not do it. <c>actor, act</c>.</summary>
    public const string ActForbidden = "access.act-forbidden";

    /// <summary>The database does not answer.</summary>
    public const string DatabaseAway = "console.database-away";

    /// <summary>The console failed in a way that nobody expected; the answer's <c>traceId</c> stands in its log too.</summary>
    public const string Failed = "console.failed";
}
