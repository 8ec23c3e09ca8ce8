using Latchkey.Server.LoginRequests;
using Latchkey.Server.SignIns;

namespace Latchkey.Server.Management.AuthRequests;

/// <summary>Finds an auth request with its events by its id, by the id of one of its login requests,
/// or by the reference on an error page.</summary>
internal sealed class AuthRequestReader(LoginRequestStore store, SignInStore signIns, SignInRecorder recorder)
{
    public async Task<Outcome<AuthRequestBody>> FindAsync(string key, CancellationToken cancellationToken)
    {
        await recorder.FlushAsync(cancellationToken);

        // A pasted proof is ignored: the id is the part before the dot.
        var id = key.Split('.')[0];
        var signIn = AuthorizationId.Parse(id) is { } authRequest ? await signIns.FindAsync(authRequest, cancellationToken)
            : LoginRequestId.Parse(id) is { } loginRequest ? await signIns.FindAsync(loginRequest, cancellationToken)
            : SignInReference.Parse(id) is { } reference ? await signIns.FindAsync(reference, cancellationToken)
            : null;
        var latest = LoginRequestId.Parse(id) is { } lri ? await store.FindAsync(lri, cancellationToken)
            : (signIn?.AuthorizationId ?? AuthorizationId.Parse(id)) is { } found ? await store.FindAsync(found, cancellationToken)
            : null;
        return signIn is null && latest is null
            ? Problem.NotFound("auth request", id)
            : Body(signIn, latest);
    }

    /// <summary>An entry of a list has no events.</summary>
    public static AuthRequestBody Listed(LoginRequest request) => Body(signIn: null, request) with { Deviations = null, Journey = null };

    private static AuthRequestBody Body(SignIn? signIn, LoginRequest? latest)
    {
        var id = latest?.Details.AuthorizationId ?? signIn!.AuthorizationId;
        var (subject, grant) = latest switch
        {
            null => (null, null),
            LoginRequest.AwaitingLogin or LoginRequest.Refused => (null, (GrantId?)null),
            LoginRequest.AwaitingReturn waiting => (waiting.Report.User.Subject, null),
            LoginRequest.AwaitingConsent waiting => (waiting.Report.User.Subject, null),
            LoginRequest.AwaitingExchange waiting => (waiting.Report.User.Subject, null),
            LoginRequest.Exchanged exchanged => (exchanged.Report.User.Subject, exchanged.Grant),
            LoginRequest.Ended ended => (ended.Subject, ended.GrantId),
        };
        return new()
        {
            Id = id.Value,
            Reference = SignInReference.Of(id),
            Stage = latest is null ? null : StageNames.Of(latest),
            LoginRequestId = latest?.Details.Id.Value,
            ConnectionId = latest?.Details.ConnectionId.Value,
            ResourceId = latest?.Details.ResourceId.Value,
            ClientId = latest?.Details.ClientId.Value,
            Subject = subject,
            GrantId = grant?.Value,
            CreateTime = latest?.Details.CreatedAt ?? signIn?.StartedAt,
            Deviations = [.. ClientQuirk.In(signIn?.Events ?? []).Select(d => d.Code)],
            Journey = [.. (signIn?.Events ?? []).Select(SignInEventBody.Of)],
        };
    }
}
