using Grpc.AspNetCore.Server;
using Latchkey.Server.Management;
using Microsoft.AspNetCore.Authentication;

namespace Latchkey.Server.Grpc;

/// <summary>
/// The authentication scheme of gRPC calls. The SDKs send a stale token beside the new one,
/// and none at all with their first call. A refusal is a gRPC status.
/// </summary>
internal static class GrpcAuthentication
{
    private const string SchemeName = "ManagementOverGrpc";

    /// <summary>The scheme of the management API leaves gRPC calls to this one.</summary>
    public static void Add(IServiceCollection services)
    {
        services.Configure<AuthenticationOptions>(schemes => schemes.AddScheme<ManagementAuthentication>(SchemeName, displayName: null));
        services.Configure<ManagementAuthenticationOptions>(
            ManagementAuthentication.SchemeName, options => options.ForwardDefaultSelector = SchemeOf);
        services.Configure<ManagementAuthenticationOptions>(SchemeName, options =>
        {
            options.AcceptsSeveralTokens = true;
            options.ReportOfAsync = ReportOverGrpc.IdsAsync;
            options.RefuseAsync = (http, problem) =>
            {
                GrpcErrors.Write(http.Response, problem);
                return Task.CompletedTask;
            };
        });
    }

    private static string? SchemeOf(HttpContext http) =>
        http.GetEndpoint()?.Metadata.GetMetadata<GrpcMethodMetadata>() is null ? null : SchemeName;
}
