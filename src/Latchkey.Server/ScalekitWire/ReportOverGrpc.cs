using System.Text.Json;
using Google.Protobuf;
using Grpc.Core;
using Latchkey.Server.Login;
using Latchkey.Server.Management;
using Latchkey.Server.ScalekitWire.Messages;

namespace Latchkey.Server.ScalekitWire;

/// <summary>
/// <c>scalekit.v1.auth.AuthService/UpdateLoginUserDetails</c>, for the unmodified Scalekit SDKs:
/// 1. the first valid bearer is the caller (SDKs send a stale one beside the fresh one, and none at all with their first call);
/// 2. the user becomes the JSON it would be over REST; 3. <see cref="ReportUser"/> does the rest: no rule is written here a second time.
/// </summary>
internal sealed class ReportOverGrpc(ReportUser report, ApiAuthentication authentication) : AuthService.AuthServiceBase
{
    public const int MaxMessageBytes = JsonBody.MaxLength;

    private static readonly JsonFormatter Formatter = new(JsonFormatter.Settings.Default);

    public static void Map(IEndpointRouteBuilder app) => app.MapGrpcService<ReportOverGrpc>();

    public override async Task<UpdateLoginUserDetailsResponse> UpdateLoginUserDetails(UpdateLoginUserDetailsRequest request, ServerCallContext context)
    {
        var http = context.GetHttpContext();
        return await authentication.AdmitAsync(http, ApiAuthentication.BearersIn(http.Request.Headers.Authorization), LoginEndpoints.Reporters) switch
        {
            Admission.Refused refused => throw GrpcErrors.Of(refused.Problem),
            Admission.Admitted admitted => await ReportAsync(request, admitted.Caller, context.CancellationToken),
        };
    }

    private async Task<UpdateLoginUserDetailsResponse> ReportAsync(UpdateLoginUserDetailsRequest request, ApiCaller caller, CancellationToken cancellationToken)
    {
        return await report.ReportAsync(caller, request.ConnectionId, request.LoginRequestId, BodyOf(request.User ?? new User()), cancellationToken) switch
        {
            ReportOutcome.Taken taken => new UpdateLoginUserDetailsResponse { AuthRequestId = taken.AuthRequestId },
            ReportOutcome.Refused refused => throw GrpcErrors.Of(refused.Problem),
        };
    }

    private static ReportBody BodyOf(User user)
    {
        try
        {
            using var json = JsonDocument.Parse(Formatter.Format(user));
            return ReportBody.Parse(JsonBody.Of(json.RootElement.Clone()));
        }
        catch (InvalidOperationException)
        {
            // A value of a Struct may be nothing at all, not even null, and then it cannot be written as JSON.
            return new ReportBody.Invalid(Problem.Invalid("custom_attributes", "must hold no value without a kind"));
        }
    }
}
