using Google.Protobuf;
using Grpc.Core;
using Latchkey.Server.Grpc;
using Latchkey.Server.Grpc.Messages;
using CallMetadata = global::Grpc.Core.Metadata;

namespace Latchkey.Server.Tests.Grpc;

/// <summary>Calls methods by their name on the wire, with metadata as given.</summary>
internal static class GrpcCalls
{
    public static async Task<UpdateLoginUserDetailsResponse> ReportAsync(
        CallInvoker wire, string connection, string loginRequest, User user, params string[] bearers)
    {
        using var call = wire.AsyncUnaryCall(
            MethodOf("scalekit.v1.auth.AuthService", "UpdateLoginUserDetails"),
            host: null,
            new CallOptions(Bearers(bearers), deadline: null),
            new UpdateLoginUserDetailsRequest { ConnectionId = connection, LoginRequestId = loginRequest, User = user });
        return await call.ResponseAsync;
    }

    public static Method<UpdateLoginUserDetailsRequest, UpdateLoginUserDetailsResponse> MethodOf(string service, string name) =>
        MethodOf<UpdateLoginUserDetailsRequest, UpdateLoginUserDetailsResponse>(service, name);

    /// <summary>Calls the ClientService; a request is named after its method.</summary>
    public static async Task<TAnswer> CallAsync<TAnswer>(CallInvoker wire, IMessage request, CallMetadata metadata)
        where TAnswer : class, IMessage<TAnswer>, new()
    {
        var method = MethodOf<IMessage, TAnswer>("scalekit.v1.clients.ClientService", request.Descriptor.Name[..^"Request".Length]);
        using var call = wire.AsyncUnaryCall(method, host: null, new CallOptions(metadata, deadline: null), request);
        return await call.ResponseAsync;
    }

    public static CallMetadata Bearers(params string[] bearers)
    {
        var metadata = new CallMetadata();
        foreach (var bearer in bearers)
        {
            metadata.Add("authorization", $"Bearer {bearer}");
        }

        return metadata;
    }

    /// <summary>Asserts that the call fails with this status, and that its details repeat the status and name this error.</summary>
    public static async Task<ErrorInfo> RefusedAsync(Func<Task> call, StatusCode status, string errorCode)
    {
        var refused = await Assert.ThrowsAsync<RpcException>(call);
        Assert.True(refused.StatusCode == status, refused.Status.ToString());
        var details = RpcStatus.Parser.ParseFrom(
            refused.Trailers.GetValueBytes(GrpcErrors.DetailsTrailer) ?? throw new InvalidOperationException("no details"));
        Assert.Equal((int)status, details.Code);
        Assert.Equal(refused.Status.Detail, details.Message);
        var detail = Assert.Single(details.Details);
        Assert.Equal("type.googleapis.com/scalekit.v1.errdetails.ErrorInfo", detail.TypeUrl);
        var info = detail.Unpack<ErrorInfo>();
        Assert.Equal(errorCode, info.ErrorCode);
        return info;
    }

    private static Method<TRequest, TAnswer> MethodOf<TRequest, TAnswer>(string service, string name)
        where TRequest : class, IMessage
        where TAnswer : class, IMessage<TAnswer>, new() => new(
            MethodType.Unary,
            service,
            name,
            Marshallers.Create<TRequest>(
                static m => m.ToByteArray(), static _ => throw new NotSupportedException("a client does not read requests")),
            Marshallers.Create<TAnswer>(static m => m.ToByteArray(), new MessageParser<TAnswer>(static () => new()).ParseFrom));
}
