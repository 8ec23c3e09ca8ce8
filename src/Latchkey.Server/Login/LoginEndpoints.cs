using Latchkey.Server.Authorize;
using Latchkey.Server.ClientDocuments;
using Latchkey.Server.Clients;
using Latchkey.Server.Configuration;
using Latchkey.Server.Management;
using Latchkey.Server.OAuth;
using Latchkey.Server.OpenApi;
using Latchkey.Server.OpenApi.Operations;

namespace Latchkey.Server.Login;

/// <summary>Endpoints for the login page's backend: report, reject, details of a login request, and changes of its users.</summary>
internal static class LoginEndpoints
{
    /// <summary>The roles that may report a login and read its details.</summary>
    public static readonly RequiresRole Reporters = new(ApiRole.Management, ApiRole.Login);

    private const string LoginRequest = "/api/v1/connections/{connection}/auth-requests/{id}";

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapPost(LoginRequest + "/user", ReportAsync).WithMetadata(Reporters).Described(LoginOperations.Report);
        app.MapPost(LoginRequest + ":reject", RejectAsync).WithMetadata(Reporters).Described(LoginOperations.Reject);
        app.MapGet(LoginRequest, DetailsAsync).WithMetadata(Reporters).Described(LoginOperations.Details);
        app.MapPost("/api/v1/connections/{connection}/users:revoke", RevokeUserAsync).WithMetadata(Reporters).Described(LoginOperations.RevokeUser);
        app.MapPost("/api/v1/connections/{connection}/users:update", UpdateUserAsync).WithMetadata(Reporters).Described(LoginOperations.UpdateUser);
    }

    private static async Task<IResult> ReportAsync(
        HttpRequest http, string connection, string id, ApiCaller caller, ReportUser report, CancellationToken cancellationToken)
    {
        var body = ReportBody.Parse(await JsonBody.ReadAsync(http, cancellationToken));
        return await report.ReportAsync(caller, connection, id, body, cancellationToken) switch
        {
            ReportOutcome.Taken taken => Answers.Ok(new ReportAnswer(taken.AuthRequestId, taken.RedirectUri), ManagementJson.Default.ReportAnswer),
            ReportOutcome.Refused refused => refused.Problem,
        };
    }

    private static async Task<IResult> RejectAsync(
        HttpRequest http, string connection, string id, ApiCaller caller, ReportUser report, CancellationToken cancellationToken)
    {
        if ((await report.FindAsync(caller, connection, id, cancellationToken)).Problem is { } notFound)
        {
            return notFound;
        }

        var body = await JsonBody.ReadAsync(http, cancellationToken);
        var error = body.Text("error", 64) ?? "access_denied";
        var description = body.Text("error_description", 200) ?? "The login page rejected the sign-in.";
        if (error.Length == 0 || !error.All(c => char.IsAsciiLetterLower(c) || c == '_'))
        {
            body.Wrong("error", "must be an OAuth error code such as access_denied, in lower-case letters and underscores");
        }

        if (body.WhatIsWrong() is { } problem)
        {
            return problem;
        }

        return await report.RejectAsync(caller, connection, id, new OAuthError(error, OAuthError.Printable(description)), cancellationToken) switch
        {
            ReportOutcome.Taken taken => Answers.Ok(new RejectAnswer(taken.RedirectUri), ManagementJson.Default.RejectAnswer),
            ReportOutcome.Refused refused => refused.Problem,
        };
    }

    private static async Task<IResult> DetailsAsync(
        string connection, string id, ApiCaller caller, ReportUser report, ClientCache clients, Vouching vouching, ConfigurationCache configuration, CancellationToken cancellationToken)
    {
        var (request, problem) = await report.FindAsync(caller, connection, id, cancellationToken);
        if (problem is not null)
        {
            return problem;
        }

        var details = request!.Visit;
        if (configuration.Current.Find(details.ResourceId) is not { } resource || await clients.FindAsync(details.ClientId, cancellationToken) is not { } client)
        {
            return ReportProblems.Over;
        }

        var asked = details.Request;
        var scopes = Scope.Parse(asked.Scope).Where(s => !Scope.IsProtocol(s)).Select(s => new LoginScopeBody(s, resource.DescriptionOf(s)));
        return Answers.Ok(
            new LoginDetailsAnswer(
                details.Id.Value,
                details.AuthRequestId.Value,
                StageNames.Of(request),
                new(client.Id.Value, vouching.NameOf(client, asked.RedirectUri), Vouching.HostOf(client, asked.RedirectUri), vouching.IsVouchedFor(client, resource, asked.RedirectUri)),
                new(resource.Id.Value, resource.Name, resource.Uri),
                [.. scopes],
                asked.Prompt,
                asked.MaxAge,
                asked.AcrValues,
                asked.LoginHint,
                asked.UiLocales,
                details.CreatedAt,
                details.LoginBy),
            ManagementJson.Default.LoginDetailsAnswer);
    }

    private static async Task<IResult> RevokeUserAsync(
        HttpRequest http, string connection, ApiCaller caller, LoginStore store, ConfigurationCache configuration, TimeProvider clock, CancellationToken cancellationToken)
    {
        if (Connection(connection, caller, configuration) is not { } id)
        {
            return Problem.NotFound("connection", connection);
        }

        var body = await JsonBody.ReadAsync(http, cancellationToken);
        var subject = body.Text("sub", 512, required: true);
        if (subject is not null && ReportBody.WhyNotSubject(subject) is { } what)
        {
            body.Wrong("sub", what);
        }

        if (body.WhatIsWrong() is { } problem)
        {
            return problem;
        }

        return await store.RevokeUserAsync(id, subject!, caller.Actor, clock.GetUtcNow(), cancellationToken) is { } ended
            ? Answers.Ok(new UserRevokedAnswer(ended), ManagementJson.Default.UserRevokedAnswer)
            : UnknownUser;
    }

    private static async Task<IResult> UpdateUserAsync(
        HttpRequest http, string connection, ApiCaller caller, LoginStore store, ConfigurationCache configuration, TimeProvider clock, CancellationToken cancellationToken)
    {
        if (Connection(connection, caller, configuration) is not { } id)
        {
            return Problem.NotFound("connection", connection);
        }

        return ReportBody.ParseUser(await JsonBody.ReadAsync(http, cancellationToken)) switch
        {
            ReportBody.Invalid invalid => invalid.Problem,
            ReportBody.LoginFailed => UnknownUser,
            ReportBody.Person person => await store.UpdateUserAsync(id, person.Report.User, clock.GetUtcNow(), cancellationToken) ? Answers.Nothing : UnknownUser,
        };
    }

    public static readonly Problem UnknownUser = new(404, "user_not_found", "No user with this sub has signed in through this connection.");

    private static ConnectionId? Connection(string text, ApiCaller caller, ConfigurationCache configuration) =>
        ConnectionId.Parse(text) is { } id && configuration.Current.Find(id) is not null && caller.Client.MayReportFor(id) ? id : null;
}

/// <summary>The names of the stages in the API.</summary>
internal static class StageNames
{
    public static string Of(AuthRequest request) => request switch
    {
        AuthRequest.AwaitingLogin => AuthRequestRow.AwaitingLogin,
        AuthRequest.AwaitingReturn => AuthRequestRow.AwaitingReturn,
        AuthRequest.Refused => AuthRequestRow.Refused,
        AuthRequest.AwaitingConsent => AuthRequestRow.AwaitingConsent,
        AuthRequest.AwaitingExchange => AuthRequestRow.AwaitingExchange,
        AuthRequest.Exchanged => AuthRequestRow.Exchanged,
        AuthRequest.Ended => AuthRequestRow.Ended,
    };
}
