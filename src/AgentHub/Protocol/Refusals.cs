using Grpc.Core;

namespace TaskConsole.AgentHub.Protocol;

/// <summary>The statuses that the contract names for what is refused.</summary>
internal static class Refusals
{
    /// <summary>One text for every cause: who has no key learns nothing.</summary>
    public static RpcException Unauthenticated(string detail = "Not authenticated: unknown agent or bad signature.") => new(new Status(StatusCode.Unauthenticated, detail));

    /// <summary>With the hub's time in the trailer 'hub-time-ms', so that the agent can tell both.</summary>
    public static RpcException WrongClock(DateTimeOffset now) =>
        new(
            new Status(StatusCode.Unauthenticated, "The request is too old, or the clocks of agent and hub differ by more than 10 minutes."),
            new Metadata { { "hub-time-ms", now.ToUnixTimeMilliseconds().ToString(System.Globalization.CultureInfo.InvariantCulture) } });

    public static RpcException Invalid(string detail) => new(new Status(StatusCode.InvalidArgument, detail));

    public static RpcException TooOld(string detail) => new(new Status(StatusCode.FailedPrecondition, detail));

    public static RpcException Unavailable(string detail) => new(new Status(StatusCode.Unavailable, detail));

    public static RpcException StoreUnavailable() => Unavailable("The store cannot be reached; come back.");

    public static RpcException TooSlow(string detail) => new(new Status(StatusCode.DeadlineExceeded, detail));

    public static RpcException Exhausted(string detail, TimeSpan retryAfter) =>
        new(new Status(StatusCode.ResourceExhausted, detail), new Metadata { { "retry-after-ms", ((long)Math.Ceiling(retryAfter.TotalMilliseconds)).ToString(System.Globalization.CultureInfo.InvariantCulture) } });
}
