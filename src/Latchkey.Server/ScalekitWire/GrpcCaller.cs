using Grpc.Core;
using Latchkey.Server.Management;

namespace Latchkey.Server.ScalekitWire;

/// <summary>Who calls over gRPC: the first valid bearer says it, for SDKs send a stale one beside the fresh one, and none at all with their first call.</summary>
internal static class GrpcCaller
{
    /// <exception cref="RpcException">Nobody, or somebody who may not.</exception>
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
