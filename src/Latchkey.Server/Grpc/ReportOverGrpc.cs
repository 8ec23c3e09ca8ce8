using System.Buffers.Binary;
using Google.Protobuf;
using Grpc.AspNetCore.Server;
using Grpc.Core;
using Latchkey.Server.Grpc.Messages;
using Latchkey.Server.Login;
using Latchkey.Server.Management;
using Latchkey.Server.Telemetry;
using Microsoft.AspNetCore.Authorization;

namespace Latchkey.Server.Grpc;

/// <summary>
/// <c>scalekit.v1.auth.AuthService/UpdateLoginUserDetails</c> for the unmodified Scalekit SDKs. 1. <see cref="GrpcAuthentication"/>
/// authenticates the caller. 2. <see cref="WireJson"/> makes the REST body. 3. <see cref="ReportUser"/> does the rest.
/// </summary>
internal sealed class ReportOverGrpc(ReportUser report) : AuthService.AuthServiceBase
{
    public const int MaxMessageBytes = JsonBody.MaxLength;

    /// <summary>A flag for compression, and the length of the message.</summary>
    private const int PrefixBytes = 5;

    public static void Map(IEndpointRouteBuilder app) => app.MapGrpcService<ReportOverGrpc>().RequireAuthorization()
        .ServesStep(Steps.Report);

    [Authorize(ManagementPolicies.Login)]
    public override async Task<UpdateLoginUserDetailsResponse> UpdateLoginUserDetails(
        UpdateLoginUserDetailsRequest request, ServerCallContext context)
    {
        var http = context.GetHttpContext();
        var caller = ApiCaller.Of(http)!.Client;
        return await report.ReportAsync(
            http, caller, request.ConnectionId, request.LoginRequestId, BodyOf(request.User ?? new User()),
            context.CancellationToken) switch
        {
            ReportOutcome.Taken taken => new UpdateLoginUserDetailsResponse { AuthRequestId = taken.AuthRequestId },
            ReportOutcome.Refused refused => throw GrpcErrors.Of(refused.Problem),
        };
    }

    /// <summary>
    /// Reads the ids of a report that is refused because of its caller, which gRPC has in the message. Null for another method, and for a
    /// call without a token, with which the SDKs begin. Without ids when the message cannot be read.
    /// </summary>
    public static async ValueTask<ReportedIds?> IdsAsync(HttpContext http)
    {
        if (http.GetEndpoint()?.Metadata.GetMetadata<GrpcMethodMetadata>()?.Method.Name != nameof(UpdateLoginUserDetails)
            || BearerTokens.Of(http.Request).Count == 0)
        {
            return null;
        }

        var prefix = new byte[PrefixBytes];
        try
        {
            await http.Request.Body.ReadExactlyAsync(prefix, http.RequestAborted);
            var length = BinaryPrimitives.ReadUInt32BigEndian(prefix.AsSpan(1));
            if (prefix[0] != 0 || length > MaxMessageBytes)
            {
                return new("", "");
            }

            var message = new byte[length];
            await http.Request.Body.ReadExactlyAsync(message, http.RequestAborted);
            var report = UpdateLoginUserDetailsRequest.Parser.ParseFrom(message);
            return new(report.ConnectionId, report.LoginRequestId);
        }
        catch (Exception unreadable) when (unreadable is IOException or InvalidProtocolBufferException)
        {
            return new("", "");
        }
    }

    private static ReportBody BodyOf(User user)
    {
        try
        {
            return ReportBody.Parse(WireJson.BodyOf(user));
        }
        catch (InvalidOperationException)
        {
            // A value of a Struct may have no kind at all, not even null, and then it cannot be written as JSON.
            return new ReportBody.Invalid(Problem.Invalid("custom_attributes", "must not contain a value without a kind"));
        }
    }
}
