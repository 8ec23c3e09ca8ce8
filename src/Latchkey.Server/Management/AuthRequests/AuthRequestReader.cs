using Latchkey.Server.Http;
using Latchkey.Server.LoginRequests;
using Latchkey.Server.OAuth;
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
        var stands = LoginRequestId.Parse(id) is { } details ? await store.FindAsync(details, cancellationToken)
            : (signIn?.AuthorizationId ?? AuthorizationId.Parse(id)) is { } found ? await store.FindAsync(found, cancellationToken)
            : null;
        return signIn is null && stands is null
            ? Problem.NotFound("auth request", id)
            : new Outcome<AuthRequestBody>.Done(Body(signIn, stands));
    }

    /// <summary>An entry of a list has no events.</summary>
    public static AuthRequestBody Listed(LoginRequest request) => Body(signIn: null, request) with { Deviations = null, Journey = null };

    private static AuthRequestBody Body(SignIn? signIn, LoginRequest? stands)
    {
        var id = stands?.Details.AuthorizationId ?? signIn!.AuthorizationId;
        var (subject, grant) = stands switch
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
            Stage = stands is null ? null : StageNames.Of(stands),
            LoginRequestId = stands?.Details.Id.Value,
            ConnectionId = stands?.Details.ConnectionId.Value,
            ResourceId = stands?.Details.ResourceId.Value,
            ClientId = stands?.Details.ClientId.Value,
            Subject = subject,
            GrantId = grant?.Value,
            CreateTime = stands?.Details.CreatedAt ?? signIn?.StartedAt,
            Deviations = [.. ClientQuirk.In(signIn?.Events ?? []).Select(d => d.Code)],
            Journey = [.. (signIn?.Events ?? []).Select(SignInEventBody.Of)],
        };
    }
}
