using Latchkey.Server.Authorize;
using Latchkey.Server.Journeys;
using Latchkey.Server.Login;
using Latchkey.Server.OAuth;
using Latchkey.Server.OpenApi;
using Latchkey.Server.OpenApi.Operations;

namespace Latchkey.Server.Management;

/// <summary>Auth requests: a list of those of the last day, and what happened to one, found by its id, by a login request's id, or by the reference a person read on an error page.</summary>
internal static class AuthRequestEndpoints
{
    public static readonly string[] Stages =
    [
        AuthRequestRow.AwaitingLogin, AuthRequestRow.AwaitingReturn, AuthRequestRow.Refused, AuthRequestRow.AwaitingConsent, AuthRequestRow.AwaitingExchange, AuthRequestRow.Exchanged,
        AuthRequestRow.Ended,
    ];

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/api/v1/auth-requests", ListAsync).RequireAuthorization(ManagementPolicies.Read).Described(AccessOperations.ListAuthRequests);
        app.MapGet("/api/v1/auth-requests/{key}", GetAsync).RequireAuthorization(ManagementPolicies.Read).Described(AccessOperations.GetAuthRequest);
    }

    /// <summary>One entry a visit to the login page: an auth request has several when the person said "not me".</summary>
    private static async Task<IResult> ListAsync(HttpRequest http, AuthRequestList requests, CancellationToken cancellationToken)
    {
        var query = new ListQuery(http);
        var page = query.Page();
        var filter = new AuthRequestFilter(
            query.Id("resource_id", "resource", text => ResourceId.Parse(text)),
            query.Id("client_id", "client", text => ClientId.Parse(text)),
            query.Id("connection_id", "connection", text => ConnectionId.Parse(text)),
            query.Text("external_user_id", 255),
            query.Choice("stage", Stages),
            query.Time("start_time"),
            query.Time("end_time"));
        if (query.WhatIsWrong() is { } problem)
        {
            return problem;
        }

        var (total, rows) = await requests.FindAsync(filter, page.After, page.Limit, cancellationToken);
        var shown = page.Of(rows, r => new(r.Visit.CreatedAt, r.Visit.Id.Value));
        return Answers.Ok(new AuthRequestListAnswer(total, shown.NextToken, [.. shown.Items.Select(r => Body(journey: null, r) with { Deviations = null, Journey = null })]), ManagementJson.Default.AuthRequestListAnswer);
    }

    private static async Task<IResult> GetAsync(
        string key, AuthRequestStore store, JourneyStore journeys, JourneyRecorder recorder, CancellationToken cancellationToken)
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
        return journey is null && stands is null
            ? Problem.NotFound("auth request", id)
            : Answers.Ok(new AuthRequestAnswer(Body(journey, stands)), ManagementJson.Default.AuthRequestAnswer);
    }

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
