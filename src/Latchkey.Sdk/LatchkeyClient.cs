using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Serialization.Metadata;

namespace Latchkey.Sdk;

/// <summary>
/// The client of Latchkey's API for a company's backend: reports and rejects logins, reads login requests, updates and revokes users.
/// It is thread-safe; use one per process. It fetches and caches its own bearer token.
/// </summary>
/// <remarks>
/// The login hand-off in steps. 1: the browser opens the login page with <c>login_request_id</c> and <c>state</c>. 2: the app signs the
/// user in; <see cref="GetLoginRequestAsync(string, string, CancellationToken)"/> tells which client asks. 3: the app calls
/// <see cref="ReportUserAsync(string, string, LatchkeyUser, CancellationToken)"/>. 4: the app redirects the same browser to
/// <see cref="LoginRedirect.RedirectUri"/>. In ASP.NET Core, <see cref="LatchkeyLoginPage.CompleteLoginAsync"/> does steps 3 and 4.
/// Every method throws <see cref="LatchkeyException"/> when Latchkey refuses the call or cannot be reached.
/// </remarks>
/// <param name="http">Sends the requests. Its <see cref="HttpClient.Timeout"/> limits each request.</param>
/// <param name="options">The URL of Latchkey and the credential; read at each call.</param>
/// <param name="time">The clock for token lifetimes; null stands for the system's clock.</param>
public sealed class LatchkeyClient(HttpClient http, LatchkeyOptions options, TimeProvider? time = null)
{
    private readonly AccessTokenSource tokens = new(http, Checked(options), time ?? TimeProvider.System);

    /// <summary>Reports the user who signed in. The first report counts. A repeated report of the same user returns the same
    /// result, so a retry is safe.</summary>
    /// <param name="connectionId">The connection, <c>conn_…</c>.</param>
    /// <param name="loginRequestId">The login request id from the login page's URL, <c>lri_…</c>.</param>
    /// <param name="user">The user.</param>
    /// <param name="cancellationToken">Cancels the wait; the report may have reached Latchkey nevertheless.</param>
    /// <returns>The URL to redirect the browser to, valid for two minutes.</returns>
    /// <exception cref="LatchkeyException">
    /// <see cref="LatchkeyFailure.LoginRequestUnknown"/>, <see cref="LatchkeyFailure.LoginRequestExpired"/>,
    /// <see cref="LatchkeyFailure.LoginRequestAnswered"/>, <see cref="LatchkeyFailure.LoginRequestOfOtherUser"/>,
    /// <see cref="LatchkeyFailure.LoginNotFresh"/>, <see cref="LatchkeyFailure.UserInvalid"/>,
    /// <see cref="LatchkeyFailure.CredentialRefused"/>, <see cref="LatchkeyFailure.Unavailable"/>.
    /// </exception>
    public async Task<LoginRedirect> ReportUserAsync(
        string connectionId, string loginRequestId, LatchkeyUser user, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(user);
        var path = $"{LoginRequestPath(connectionId, loginRequestId)}/user";
        return RedirectFrom(await PostAsync(path, user, LatchkeyJson.Default.LatchkeyUser, ErrorContext.LoginRequest, cancellationToken));
    }

    /// <inheritdoc cref="ReportUserAsync(string, string, LatchkeyUser, CancellationToken)"/>
    /// <remarks>Uses the connection of <see cref="LatchkeyOptions.ConnectionId"/>.</remarks>
    public Task<LoginRedirect> ReportUserAsync(string loginRequestId, LatchkeyUser user, CancellationToken cancellationToken = default) =>
        ReportUserAsync(OwnConnection, loginRequestId, user, cancellationToken);

    /// <summary>Rejects a login request. The client receives the error when the browser returns.</summary>
    /// <param name="connectionId">The connection, <c>conn_…</c>.</param>
    /// <param name="loginRequestId">The login request, <c>lri_…</c>.</param>
    /// <param name="error">An error code of RFC 6749 §4.1.2.1 or OpenID Connect Core §3.1.2.6, for example <c>access_denied</c>.</param>
    /// <param name="errorDescription">A sentence for the client's log, in ASCII without quotes and backslashes (RFC
    /// 6749 §4.1.2.1), or null.</param>
    /// <param name="cancellationToken">Cancels the wait; the rejection may have reached Latchkey nevertheless.</param>
    /// <returns>The URL to redirect the browser to.</returns>
    /// <exception cref="LatchkeyException">The same failures as for a report.</exception>
    public async Task<LoginRedirect> RejectAsync(
        string connectionId,
        string loginRequestId,
        string error = "access_denied",
        string? errorDescription = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(error);
        var path = $"{LoginRequestPath(connectionId, loginRequestId)}:reject";
        return RedirectFrom(await PostAsync(
            path, new(error, errorDescription), LatchkeyJson.Default.RejectBody, ErrorContext.LoginRequest, cancellationToken));
    }

    /// <summary>
    /// Reads a login request. It changes nothing and also works for a request that has ended:
    /// <see cref="LoginRequest.Stage"/> and <see cref="LoginRequest.ExpiresAt"/> tell whether a report is still accepted.
    /// </summary>
    /// <param name="connectionId">The connection, <c>conn_…</c>.</param>
    /// <param name="loginRequestId">The login request, <c>lri_…</c>.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The client, the resource, the scopes, and the requirements on the sign-in.</returns>
    /// <exception cref="LatchkeyException">
    /// <see cref="LatchkeyFailure.LoginRequestUnknown"/>, <see cref="LatchkeyFailure.CredentialRefused"/>,
    /// <see cref="LatchkeyFailure.Unavailable"/>.
    /// </exception>
    public async Task<LoginRequest> GetLoginRequestAsync(
        string connectionId, string loginRequestId, CancellationToken cancellationToken = default)
    {
        using var response = await SendAsync(
            HttpMethod.Get, LoginRequestPath(connectionId, loginRequestId), content: null, ErrorContext.LoginRequest, cancellationToken);
        return await Exchange.ReadAsync(response, LatchkeyJson.Default.LoginRequest, cancellationToken);
    }

    /// <inheritdoc cref="GetLoginRequestAsync(string, string, CancellationToken)"/>
    /// <remarks>Uses the connection of <see cref="LatchkeyOptions.ConnectionId"/>.</remarks>
    public Task<LoginRequest> GetLoginRequestAsync(string loginRequestId, CancellationToken cancellationToken = default) =>
        GetLoginRequestAsync(OwnConnection, loginRequestId, cancellationToken);

    /// <summary>Revokes a user who left the company or was blocked: ends all of the user's grants at this connection and
    /// thereby their tokens.</summary>
    /// <param name="connectionId">The connection, <c>conn_…</c>.</param>
    /// <param name="sub">The user's <c>sub</c> as it was reported.</param>
    /// <param name="cancellationToken">Cancels the wait; the call may have reached Latchkey nevertheless.</param>
    /// <returns>The number of grants that ended. It is returned after Latchkey has stored the change.</returns>
    /// <exception cref="LatchkeyException"><see cref="LatchkeyFailure.UserUnknown"/>, <see cref="LatchkeyFailure.CredentialRefused"/>,
    /// <see cref="LatchkeyFailure.Unavailable"/>.</exception>
    public async Task<int> RevokeUserAsync(string connectionId, string sub, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(sub);
        using var response = await SendAsync(
            HttpMethod.Post, $"{ConnectionPath(connectionId)}/users:revoke",
            () => JsonContent.Create(new(sub), LatchkeyJson.Default.RevokeBody), ErrorContext.User, cancellationToken);
        var revoked = await Exchange.ReadAsync(response, LatchkeyJson.Default.RevokedResponse, cancellationToken);
        return revoked.GrantsEnded;
    }

    /// <summary>Updates the attributes of a user who was reported before. The user's tokens carry them from the next refresh on.</summary>
    /// <param name="connectionId">The connection, <c>conn_…</c>.</param>
    /// <param name="user">The user, identified by <see cref="LatchkeyUser.Sub"/>. The members of a login (<c>acr</c>, <c>amr</c>,
    /// <c>auth_time</c>, <c>sid</c>) are not sent.</param>
    /// <param name="cancellationToken">Cancels the wait; the call may have reached Latchkey nevertheless.</param>
    /// <returns>A task that completes after Latchkey has stored the change.</returns>
    /// <exception cref="LatchkeyException">
    /// <see cref="LatchkeyFailure.UserUnknown"/>, <see cref="LatchkeyFailure.UserInvalid"/>,
    /// <see cref="LatchkeyFailure.CredentialRefused"/>, <see cref="LatchkeyFailure.Unavailable"/>.
    /// </exception>
    public async Task UpdateUserAsync(string connectionId, LatchkeyUser user, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(user);
        var attributes = user with { Acr = null, Amr = null, AuthTime = null, SessionId = null };
        using var response = await SendAsync(
            HttpMethod.Post, $"{ConnectionPath(connectionId)}/users:update",
            () => JsonContent.Create(attributes, LatchkeyJson.Default.LatchkeyUser), ErrorContext.User, cancellationToken);
    }

    internal string OwnConnection => options.ConnectionId.Length > 0
        ? options.ConnectionId
        : throw new InvalidOperationException("Latchkey: set ConnectionId in the options, or pass the connection to the call.");

    private static LatchkeyOptions Checked(LatchkeyOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return options.Validate() is { } error ? throw new ArgumentException(error, nameof(options)) : options;
    }

    private static string ConnectionPath(string connectionId)
    {
        ArgumentException.ThrowIfNullOrEmpty(connectionId);
        return $"/api/v1/connections/{Uri.EscapeDataString(connectionId)}";
    }

    /// <summary>The id came from a browser. It is escaped completely so that it cannot address another path of the API.</summary>
    private static string LoginRequestPath(string connectionId, string loginRequestId)
    {
        ArgumentException.ThrowIfNullOrEmpty(loginRequestId);
        return loginRequestId is "." or ".." || loginRequestId.Length > LatchkeyLoginPage.LongestParameter
            ? throw new LatchkeyException(LatchkeyFailure.LoginRequestUnknown, "This is not a login request id.")
            {
                Code = "login_request_not_found"
            }
            : $"{ConnectionPath(connectionId)}/auth-requests/{Uri.EscapeDataString(loginRequestId)}";
    }

    private static LoginRedirect RedirectFrom(RedirectResponse response) =>
        Uri.TryCreate(response.RedirectUri, UriKind.Absolute, out var uri) && uri.Scheme is "https" or "http"
            ? new LoginRedirect(uri!, response.AuthRequestId)
            : throw new LatchkeyException(LatchkeyFailure.Unexpected, "Latchkey's response has no redirect_uri.");

    private async Task<RedirectResponse> PostAsync<T>(
        string path, T body, JsonTypeInfo<T> type, ErrorContext context, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(HttpMethod.Post, path, () => JsonContent.Create(body, type), context, cancellationToken);
        return await Exchange.ReadAsync(response, LatchkeyJson.Default.RedirectResponse, cancellationToken);
    }

    /// <summary>A 401 means that the token became invalid before its expiry (a revoked key, a restored backup).
    /// The call is repeated once with a new token.</summary>
    private async Task<HttpResponseMessage> SendAsync(
        HttpMethod method, string path, Func<HttpContent>? content, ErrorContext context, CancellationToken cancellationToken)
    {
        var token = await tokens.GetAsync(refused: null, cancellationToken);
        var response = await SendOnceAsync(method, path, content, token, cancellationToken);
        if (response.StatusCode == HttpStatusCode.Unauthorized)
        {
            response.Dispose();
            token = await tokens.GetAsync(refused: token, cancellationToken);
            response = await SendOnceAsync(method, path, content, token, cancellationToken);
        }

        if (response.IsSuccessStatusCode)
        {
            return response;
        }

        using (response)
        {
            throw await ErrorResponse.ReadAsync(response, context, cancellationToken);
        }
    }

    private async Task<HttpResponseMessage> SendOnceAsync(
        HttpMethod method, string path, Func<HttpContent>? content, AccessToken token, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, Endpoint.Of(options, path)) { Content = content?.Invoke() };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token.Value);
        return await Exchange.SendAsync(http, request, cancellationToken);
    }
}
