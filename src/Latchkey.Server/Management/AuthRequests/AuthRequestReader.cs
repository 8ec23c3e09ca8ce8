using Latchkey.Server.Authorize;
using Latchkey.Server.Journeys;
using Latchkey.Server.OAuth;

namespace Latchkey.Server.Management.AuthRequests;

/// <summary>Finds an auth request with its events by its id, by the id of one of its login requests, or by the reference on an error page.</summary>
internal sealed class AuthRequestReader(AuthRequestStore store, JourneyStore journeys, JourneyRecorder recorder)
{
    public async Task<Outcome<AuthRequestBody>> FindAsync(string key, CancellationToken cancellationToken)
    {
        await recorder.FlushAsync(cancellationToken);

        // A pasted proof is ignored: the id is the part before the dot.
        var id = key.Split('.')[0];
        var journey = AuthRequestId.Parse(id) is { } authRequest ? await journeys.FindAsync(authRequest, cancellationToken)
            : LoginRequestId.Parse(id) is { } loginRequest ? await journeys.FindAsync(loginRequest, cancellationToken)
            : JourneyReference.Parse(id) is { } reference ? await journeys.FindAsync(reference, cancellationToken)
            : null;
        var stands = LoginRequestId.Parse(id) is { } visit ? await store.FindAsync(visit, cancellationToken)
            : (journey?.AuthRequestId ?? AuthRequestId.Parse(id)) is { } found ? await store.FindAsync(found, cancellationToken)
            : null;
        return journey is null && stands is null ? Problem.NotFound("auth request", id) : new Outcome<AuthRequestBody>.Done(Body(journey, stands));
    }

    /// <summary>An entry of a list has no events.</summary>
    public static AuthRequestBody Listed(AuthRequest request) => Body(journey: null, request) with { Deviations = null, Journey = null };

    private static AuthRequestBody Body(Journey? journey, AuthRequest? stands)
    {
        var id = stands?.Visit.AuthRequestId ?? journey!.AuthRequestId;
        var (subject, grant) = stands switch
        {
            null => (null, null),
            AuthRequest.AwaitingLogin or AuthRequest.Refused => (null, (GrantId?)null),
            AuthRequest.AwaitingReturn waiting => (waiting.Report.User.Subject, null),
            AuthRequest.AwaitingConsent waiting => (waiting.Report.User.Subject, null),
            AuthRequest.AwaitingExchange waiting => (waiting.Report.User.Subject, null),
            AuthRequest.Exchanged exchanged => (exchanged.Report.User.Subject, exchanged.Grant),
            AuthRequest.Ended ended => (ended.Subject, ended.GrantId),
        };
        return new(
            id.Value,
            JourneyReference.Of(id),
            stands is null ? null : StageNames.Of(stands),
            stands?.Visit.Id.Value,
            stands?.Visit.ConnectionId.Value,
            stands?.Visit.ResourceId.Value,
            stands?.Visit.ClientId.Value,
            subject,
            grant?.Value,
            stands?.Visit.CreatedAt ?? journey?.StartedAt,
            [.. Deviation.In(journey?.Events ?? []).Select(d => d.Code)],
            [.. (journey?.Events ?? []).Select(JourneyEventBody.Of)]);
    }
}
