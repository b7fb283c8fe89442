using Grpc.Core;
using TaskConsole.AgentHub.Protocol;

namespace TaskConsole.AgentHub.Sessions;

/// <summary>Why a session ended, and the status that its stream ends with.</summary>
internal sealed record SessionEnd(string Cause, RpcException? Status)
{
    /// <summary>The agent ended its stream.</summary>
    public static SessionEnd Completed { get; } = new("completed", null);

    /// <summary>The connection broke.</summary>
    public static SessionEnd Broken { get; } = new("broken", null);

    public const string ReplacedCause = "replaced";

    public static SessionEnd Replaced => new(ReplacedCause, new RpcException(new Status(StatusCode.Aborted, "A newer session of this agent replaced this one.")));

    public static SessionEnd Disconnected => new("disconnected", Refusals.Unauthenticated("The host was deleted or its key revoked."));

    /// <summary>Two agents use one key.</summary>
    public static SessionEnd Duplicate(string? address, string? otherAddress) => new(
        "duplicate",
        new RpcException(new Status(
            StatusCode.AlreadyExists,
            $"Two agents use the key of this host, one at {address ?? "an unknown address"} and one at {otherAddress ?? "an unknown address"}; none is served until an operator has decided.")));

    /// <summary>An operator has decided between two agents since it said hello.</summary>
    public static SessionEnd Outdated => new("outdated", new RpcException(new Status(StatusCode.Aborted, "An operator has decided between two agents since this hello; say it anew.")));

    public static SessionEnd Silent => new("silent", Refusals.TooSlow("No message for three heartbeats."));

    public static SessionEnd NotReading => new("not reading", Refusals.TooSlow("The agent does not read what it is sent."));

    public static SessionEnd Malformed => new("malformed", Refusals.Invalid("Messages break the contract."));

    /// <summary>gRPC itself refused a message: too large, or compressed.</summary>
    public static SessionEnd RefusedMessage(RpcException status) => new("refused message", status);

    public static SessionEnd Reconciling => new("reconciling", Refusals.Unavailable("The hub has to know what this agent holds; come back."));

    public static SessionEnd Stopping => new("stopping", Refusals.Unavailable("The hub is stopping; come back."));

    public static SessionEnd StoreFailed => new("store failed", Refusals.StoreUnavailable());
}
