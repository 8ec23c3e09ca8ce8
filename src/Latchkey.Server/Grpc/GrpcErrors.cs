using System.Text;
using global::Grpc.Core.Interceptors;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.AspNetCore.Server;
using Grpc.Core;
using Latchkey.Server.Grpc.Messages;
using Latchkey.Server.Management;
using Latchkey.Server.Storage;
using Microsoft.AspNetCore.Http.Features;

namespace Latchkey.Server.Grpc;

/// <summary>
/// gRPC errors: a status, a message, and the trailer <c>grpc-status-details-bin</c> with both and exactly one detail that contains the
/// error code. The SDKs choose their exception by the status and read the code from the detail.
/// </summary>
internal static class GrpcErrors
{
    public const string DetailsTrailer = "grpc-status-details-bin";

    /// <summary>Returns the gRPC error for an error of the management API.</summary>
    public static RpcException Of(Problem problem)
    {
        var status = StatusOf(problem);
        var trailers = new global::Grpc.Core.Metadata { { DetailsTrailer, Details(status, InfoOf(problem)) } };
        if (problem.RetryAfterSeconds is { } seconds)
        {
            trailers.Add("retry-after", seconds.ToString());
        }

        return new RpcException(status, trailers);
    }

    public static void Write(HttpResponse response, Problem problem)
    {
        Write(response, StatusOf(problem), InfoOf(problem));
        if (problem.RetryAfterSeconds is { } seconds)
        {
            response.Headers.RetryAfter = seconds.ToString();
        }
    }

    /// <summary>Writes status and message as the only header block ("Trailers-Only" in the gRPC wire format).</summary>
    public static void Write(HttpResponse response, Status status, ErrorInfo info)
    {
        response.ContentType = GrpcGate.ContentType;
        response.Headers["grpc-status"] = ((int)status.StatusCode).ToString();
        response.Headers["grpc-message"] = PercentEncode(status.Detail);
        response.Headers[DetailsTrailer] = Convert.ToBase64String(Details(status, info));
    }

    /// <summary>Returns the value of an outcome.</summary>
    /// <exception cref="RpcException">The outcome is an error.</exception>
    public static T ThingOf<T>(Outcome<T> outcome) => outcome.ProblemOr(out var thing) is { } problem ? throw Of(problem) : thing;

    public static byte[] Details(Status status, ErrorInfo info) =>
        new RpcStatus { Code = (int)status.StatusCode, Message = status.Detail, Details = { Any.Pack(info) } }.ToByteArray();

    private static Status StatusOf(Problem problem) => new(CodeOf(problem.Status), problem.Detail);

    private static ErrorInfo InfoOf(Problem problem)
    {
        var info = new ErrorInfo { ErrorCode = problem.Code.ToUpperInvariant() };
        if (problem.Errors is { } errors)
        {
            info.ValidationErrorInfo = new ValidationErrorInfo();
            info.ValidationErrorInfo.FieldViolations.AddRange(
                errors.Select(
                    e => new ValidationErrorInfo.Types.FieldViolation { Field = e.Key, Description = string.Join(", ", e.Value) }));
        }

        return info;
    }

    /// <summary>A message is ASCII without control characters; every other byte of its UTF-8 is percent-encoded.</summary>
    private static string PercentEncode(string message) =>
        string.Concat(
            Encoding.UTF8.GetBytes(message).Select(b => b is >= (byte)' ' and <= (byte)'~' and not (byte)'%' ? $"{(char)b}" : $"%{b:X2}"));

    private static StatusCode CodeOf(int httpStatus) => httpStatus switch
    {
        400 => StatusCode.InvalidArgument,
        401 => StatusCode.Unauthenticated,
        403 => StatusCode.PermissionDenied,
        404 => StatusCode.NotFound,
        409 => StatusCode.AlreadyExists,
        410 or 412 or 422 => StatusCode.FailedPrecondition,
        413 or 429 => StatusCode.ResourceExhausted,
        503 => StatusCode.Unavailable,
        _ => StatusCode.Internal,
    };
}

/// <summary>
/// Runs before every gRPC call. An unknown method is UNIMPLEMENTED, and an error of the framework itself (a message that is too large or
/// malformed) gets the same detail as other errors.
/// </summary>
internal sealed class GrpcGate(RequestDelegate next)
{
    public const string ContentType = "application/grpc";

    private static readonly Status Malformed = new(
        StatusCode.InvalidArgument, "The message is malformed or is not a message of this method.");
    private static readonly Status Unimplemented = new(
        StatusCode.Unimplemented, "This server does not have that method. Its gRPC methods are listed in docs/wire.md.");

    public async Task InvokeAsync(HttpContext http)
    {
        if (http.Request.ContentType?.StartsWith(ContentType, StringComparison.OrdinalIgnoreCase) != true)
        {
            await next(http);
            return;
        }

        if (http.GetEndpoint()?.Metadata.GetMetadata<GrpcMethodMetadata>() is null)
        {
            GrpcErrors.Write(http.Response, Unimplemented, new ErrorInfo { ErrorCode = "UNIMPLEMENTED" });
            return;
        }

        // gRPC refuses a message by the length before it. The body size limit would abort the stream without a status.
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = null;
        }

        await next(http);
        AddDetails(http.Response);
    }

    private static void AddDetails(HttpResponse response)
    {
        if (response.HasStarted
            || !response.Headers.TryGetValue("grpc-status", out var code)
            || !int.TryParse(code, out var number)
            || number == (int)StatusCode.OK
            || response.Headers.ContainsKey(GrpcErrors.DetailsTrailer))
        {
            return;
        }

        // Exceptions of handlers are handled by GrpcTrouble. A remaining UNKNOWN comes from reading the message.
        if (number == (int)StatusCode.Unknown)
        {
            GrpcErrors.Write(response, Malformed, new ErrorInfo { ErrorCode = "INVALID_ARGUMENT" });
            return;
        }

        var status = new Status((StatusCode)number, Uri.UnescapeDataString(response.Headers["grpc-message"].ToString()));
        response.Headers[GrpcErrors.DetailsTrailer] = Convert.ToBase64String(
            GrpcErrors.Details(status, new ErrorInfo { ErrorCode = NameOf(status.StatusCode) }));
    }

    /// <summary>RESOURCE_EXHAUSTED for <see cref="StatusCode.ResourceExhausted"/>.</summary>
    private static string NameOf(StatusCode code) => System.Text.Json.JsonNamingPolicy.SnakeCaseUpper.ConvertName(code.ToString());
}

/// <summary>Handles the exceptions of every gRPC call, as <see cref="Health.ExceptionMiddleware"/> does for HTTP.</summary>
internal sealed partial class GrpcExceptionInterceptor(ILogger<GrpcExceptionInterceptor> logger) : Interceptor
{
    public override async Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            return await continuation(request, context);
        }
        catch (StorageUnavailable away)
        {
            StorageFailed(logger, context.Method, away);
            throw GrpcErrors.Of(Problem.StorageAway);
        }
        catch (Exception bug) when (bug is not RpcException && !context.CancellationToken.IsCancellationRequested)
        {
            Failed(logger, context.Method, bug);
            throw GrpcErrors.Of(Problem.Bug);
        }
    }

    [LoggerMessage(1601, LogLevel.Error, "{Method}: storage is unavailable")]
    private static partial void StorageFailed(ILogger logger, string method, Exception reason);

    [LoggerMessage(1602, LogLevel.Error, "{Method} failed")]
    private static partial void Failed(ILogger logger, string method, Exception reason);
}
