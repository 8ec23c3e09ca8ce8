using Latchkey.Server.LoginRequests;
using Latchkey.Server.Management.Access;
using Latchkey.Server.SignIns;

namespace Latchkey.Server.Management.AuthRequests;

/// <summary>Lists sign-ins, and finds an auth request with its events by its id, by the id of one of its login requests,
/// or by the reference on an error page.</summary>
internal sealed class AuthRequestReader(
    LoginRequestStore store, SignInStore signIns, SignInList list, UnattributedEvents unattributed, SignInRecorder recorder)
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
        if (signIn is not null || latest is not null)
        {
            return AuthRequestBodies.Of(signIn, latest);
        }

        return SignInReference.Parse(id) is { } ofEvent && await unattributed.FindAsync(ofEvent, cancellationToken) is { } happened
            ? AuthRequestBodies.Of(happened)
            : Problem.NotFound("auth request", id);
    }

    public async Task<AuthRequestListResponse> ListAsync(SignInFilter filter, RowPage page, CancellationToken cancellationToken)
    {
        await recorder.FlushAsync(cancellationToken);
        var (total, rows) = await list.FindAsync(filter, page.After, page.Limit, cancellationToken);
        var shown = page.Of(rows, s => new(s.StartedAt, s.AuthorizationId.Value));
        var refusals = await list.RefusalsAsync(shown.Items, cancellationToken);
        var latest = await store.FindAsync([.. shown.Items.Select(s => s.AuthorizationId)], cancellationToken);
        return new(
            total, shown.NextToken,
            [.. shown.Items.Select(s => AuthRequestBodies.Listed(
                s, [.. refusals[s.AuthorizationId]], latest.GetValueOrDefault(s.AuthorizationId)))]);
    }
}
