using Grpc.Core;
using Latchkey.Server.Management;

namespace Latchkey.Server.ScalekitWire;

/// <summary>Authenticates a gRPC caller by its first valid bearer token: SDKs send stale tokens beside fresh ones.</summary>
internal static class GrpcCaller
{
    /// <exception cref="RpcException">The caller is not authenticated or lacks the role.</exception>
    public static async Task<ApiCaller> AdmitAsync(this ApiAuthentication authentication, ServerCallContext context, RequiresRole required)
    {
        var http = context.GetHttpContext();
        return await authentication.AdmitAsync(http, ApiAuthentication.BearersIn(http.Request.Headers.Authorization), required) switch
        {
            Admission.Refused refused => throw GrpcErrors.Of(refused.Problem),
            Admission.Admitted admitted => admitted.Caller,
        };
    }
}
