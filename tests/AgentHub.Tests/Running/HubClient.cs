using Google.Protobuf;
using Grpc.Core;
using Wire = TaskConsole.Protocol.V1;

namespace TaskConsole.AgentHub.Tests.Running;

/// <summary>Calls the hub's methods, typed or with bytes of any kind.</summary>
internal sealed class HubClient(CallInvoker invoker)
{
    private const string Service = "taskconsole.agent.v1.AgentHub";
    private static readonly Marshaller<byte[]> Raw = Marshallers.Create(bytes => bytes, bytes => bytes);

    public async Task<Wire.AuthorityResponse> GetAuthorityAsync() =>
        await invoker.AsyncUnaryCall(new Method<Wire.AuthorityRequest, Wire.AuthorityResponse>(MethodType.Unary, Service, "GetAuthority", Of<Wire.AuthorityRequest>(), Of<Wire.AuthorityResponse>()), null, Options(), new Wire.AuthorityRequest());

    public async Task<Wire.EnrolResponse> EnrolAsync(Wire.EnrolRequest request, CallOptions? options = null) =>
        await invoker.AsyncUnaryCall(new Method<Wire.EnrolRequest, Wire.EnrolResponse>(MethodType.Unary, Service, "Enrol", Of<Wire.EnrolRequest>(), Of<Wire.EnrolResponse>()), null, options ?? Options(), request);

    public async Task<byte[]> EnrolRawAsync(byte[] request) =>
        await invoker.AsyncUnaryCall(new Method<byte[], byte[]>(MethodType.Unary, Service, "Enrol", Raw, Raw), null, Options(), request);

    /// <summary>A stream that sends bytes of any kind, so that a test can break every rule.</summary>
    public AsyncDuplexStreamingCall<byte[], Wire.HubMessage> Connect() =>
        invoker.AsyncDuplexStreamingCall(new Method<byte[], Wire.HubMessage>(MethodType.DuplexStreaming, Service, "Connect", Raw, Of<Wire.HubMessage>()), null, new CallOptions(cancellationToken: TestContext.Current.CancellationToken));

    public async Task<byte[]> CallAsync(string method, byte[] request) =>
        await invoker.AsyncUnaryCall(new Method<byte[], byte[]>(MethodType.Unary, Service, method, Raw, Raw), null, Options(), request);

    private static CallOptions Options() => new(deadline: DateTime.MaxValue, cancellationToken: TestContext.Current.CancellationToken);

    private static Marshaller<T> Of<T>()
        where T : IMessage<T>, new() => Marshallers.Create(message => message.ToByteArray(), bytes => new MessageParser<T>(() => new T()).ParseFrom(bytes));
}
