using Latchkey.Server.Configuration;
using Latchkey.Server.Login;
using Latchkey.Server.SignIns;

namespace Latchkey.Server.Management.Logins;

/// <summary>Changes to the users of a connection that its backend reports without a login.</summary>
internal sealed class UserAdministration(
    LoginStore store, SignInErasure signIns, SignInRecorder recorder, ConfigurationCache configuration, TimeProvider clock)
{
    public static readonly Problem UnknownUser = new(404, "user_not_found", "No user with this sub has signed in through this connection.");

    /// <summary>Returns the number of grants that ended.</summary>
    public async Task<Outcome<int>> RevokeAsync(ApiCaller caller, string connection, JsonBody body, CancellationToken cancellationToken)
    {
        var (id, subject, problem) = Read(caller, connection, body);
        if (problem is not null)
        {
            return problem;
        }

        return await RevokeAsync(caller.Actor, id, subject, cancellationToken);
    }

    /// <summary>Returns the number of grants that ended.</summary>
    public async Task<Outcome<int>> RevokeAsync(
        Actor actor, ConnectionId connection, string subject, CancellationToken cancellationToken)
    {
        if (await store.RevokeUserAsync(connection, subject, actor, clock.GetUtcNow(), cancellationToken) is not { } ended)
        {
            return UnknownUser;
        }

        var cause = actor is Actor.Operator ? RenewCauses.EndedByOperator : RenewCauses.EndedByCompany;
        foreach (var grant in ended)
        {
            recorder.GrantRevoked(grant.AuthorizationId, cause, [Fact.Seen(FactNames.GrantId, grant.Id.Value)], actor);
        }

        return ended.Count;
    }

    /// <summary>Deletes every row of a user, also in the sign-in log.</summary>
    public async Task<Outcome<UserErasedResponse>> EraseAsync(
        ApiCaller caller, string connection, JsonBody body, CancellationToken cancellationToken)
    {
        var (id, subject, problem) = Read(caller, connection, body);
        if (problem is not null)
        {
            return problem;
        }

        return await EraseAsync(caller.Actor, id, subject, cancellationToken);
    }

    /// <summary>Deletes every row of a user, also in the sign-in log.</summary>
    public async Task<Outcome<UserErasedResponse>> EraseAsync(
        Actor actor, ConnectionId id, string subject, CancellationToken cancellationToken)
    {
        if (await store.EraseUserAsync(id, subject, actor, cancellationToken) is not { } erased)
        {
            // The log can name a person who never signed in: one who was reported second.
            await signIns.EraseAsync(id, subject, [], cancellationToken);
            return UnknownUser;
        }

        await signIns.EraseAsync(id, subject, erased.Authorizations, cancellationToken);
        return new UserErasedResponse(erased.Grants, erased.Consents, erased.LoginRequests);
    }

    public async Task<Problem?> UpdateAsync(ApiCaller caller, string connection, JsonBody body, CancellationToken cancellationToken)
    {
        if (Find(connection, caller) is not { } id)
        {
            return Problem.NotFound("connection", connection);
        }

        return ReportBody.ParseUser(body) switch
        {
            ReportBody.Invalid invalid => invalid.Problem,
            ReportBody.LoginFailed => UnknownUser,
            ReportBody.Person person =>
                await store.UpdateUserAsync(id, person.Report.User, clock.GetUtcNow(), cancellationToken) ? null : UnknownUser,
        };
    }

    private (ConnectionId Connection, string Subject, Problem? Problem) Read(ApiCaller caller, string connection, JsonBody body)
    {
        if (Find(connection, caller) is not { } id)
        {
            return (default, "", Problem.NotFound("connection", connection));
        }

        var subject = body.Text("sub", 512, required: true);
        if (subject is not null && ReportBody.ValidateSubject(subject) is { } what)
        {
            body.Wrong("sub", what);
        }

        return (id, subject ?? "", body.Validate());
    }

    private ConnectionId? Find(string connection, ApiCaller caller) =>
        configuration.Current.FindConnection(connection) is { Id: var id } && caller.Client.MayReportFor(id) ? id : null;
}
