using Grpc.AspNetCore.Server;
using Latchkey.Server.Limits;
using Latchkey.Server.Management;
using Latchkey.Server.Ports;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace Latchkey.Server.ScalekitWire;

/// <summary>
/// The authentication handler of gRPC calls. The first valid token counts: the SDKs send a stale one beside the new one, and none at all with their first call.
/// A refusal is a gRPC status.
/// </summary>
internal sealed class GrpcAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options,
    ILoggerFactory logger,
    ManagementTokenReader tokens,
    ClientAddress address,
    ApiClientAddresses addresses,
    RateLimits limits)
    : ManagementAuthentication(options, logger, tokens, address, addresses, limits)
{
    private const string GrpcSchemeName = "ManagementOverGrpc";

    protected override bool AcceptsSeveralTokens => true;

    /// <summary>The scheme of the management API leaves gRPC calls to this one.</summary>
    public static new void Add(IServiceCollection services)
    {
        services.Configure<AuthenticationOptions>(authentication => authentication.AddScheme<GrpcAuthentication>(GrpcSchemeName, displayName: null));
        services.Configure<AuthenticationSchemeOptions>(SchemeName, options => options.ForwardDefaultSelector = IsGrpc);
    }

    protected override Task RefuseAsync(Problem problem)
    {
        GrpcErrors.Write(Response, problem);
        return Task.CompletedTask;
    }

    private static string? IsGrpc(HttpContext http) => http.GetEndpoint()?.Metadata.GetMetadata<GrpcMethodMetadata>() is null ? null : GrpcSchemeName;
}
