using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Serialization.Metadata;

namespace Latchkey.Sdk;

/// <summary>
/// The company's backend speaking to Latchkey: who signed in, who did not, what a login request asks for, who left.
/// Thread-safe; one per process is enough. It fetches and keeps its own bearer token.
/// </summary>
/// <remarks>
/// The hand-off in steps. 1: the browser arrives at the login page with <c>login_request_id</c> and <c>state</c>. 2: the app signs the person in its own
/// way; <see cref="GetLoginRequestAsync(string, string, CancellationToken)"/> says who is asking. 3: <see cref="ReportUserAsync(string, string, LatchkeyUser, CancellationToken)"/>.
/// 4: the app redirects that same browser to <see cref="LoginRedirect.RedirectUri"/>. In ASP.NET Core steps 3 and 4 are
/// <see cref="LatchkeyLoginPage.CompleteLoginAsync"/>.
/// Every method throws <see cref="LatchkeyException"/> when Latchkey refuses or cannot be reached.
/// </remarks>
/// <param name="http">Sends the requests. Its <see cref="HttpClient.Timeout"/> bounds each exchange.</param>
/// <param name="options">Where Latchkey is and as whom to speak; read at each call.</param>
/// <param name="time">The clock that token lifetimes are measured with; null: the system's.</param>
public sealed class LatchkeyClient(HttpClient http, LatchkeyOptions options, TimeProvider? time = null)
{
    private readonly AccessTokenSource tokens = new(http, Checked(options), time ?? TimeProvider.System);

    /// <summary>Says who signed in. The first report wins; the same person again gets the same answer, so a retry is safe.</summary>
    /// <param name="connectionId">The connection, <c>conn_…</c>.</param>
    /// <param name="loginRequestId">The login request as it came to the login page, <c>lri_…</c>.</param>
    /// <param name="user">The person.</param>
    /// <param name="cancellationToken">Gives up waiting; the report may have arrived all the same.</param>
    /// <returns>Where to send the browser, within two minutes.</returns>
    /// <exception cref="LatchkeyException">
    /// <see cref="LatchkeyFailure.LoginRequestUnknown"/>, <see cref="LatchkeyFailure.LoginRequestExpired"/>, <see cref="LatchkeyFailure.LoginRequestAnswered"/>,
    /// <see cref="LatchkeyFailure.LoginRequestOfOtherUser"/>, <see cref="LatchkeyFailure.LoginNotFresh"/>, <see cref="LatchkeyFailure.UserInvalid"/>, <see cref="LatchkeyFailure.CredentialRefused"/>, <see cref="LatchkeyFailure.Unavailable"/>.
    /// </exception>
    public async Task<LoginRedirect> ReportUserAsync(string connectionId, string loginRequestId, LatchkeyUser user, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(user);
        var path = $"{LoginRequestPath(connectionId, loginRequestId)}/user";
        return RedirectFrom(await PostAsync(path, user, LatchkeyJson.Default.LatchkeyUser, RefusalContext.LoginRequest, cancellationToken));
    }

    /// <inheritdoc cref="ReportUserAsync(string, string, LatchkeyUser, CancellationToken)"/>
    /// <remarks>At the connection of <see cref="LatchkeyOptions.ConnectionId"/>.</remarks>
    public Task<LoginRedirect> ReportUserAsync(string loginRequestId, LatchkeyUser user, CancellationToken cancellationToken = default) =>
        ReportUserAsync(OwnConnection, loginRequestId, user, cancellationToken);

    /// <summary>Ends a login request without a person. The client hears the error when the browser comes back.</summary>
    /// <param name="connectionId">The connection, <c>conn_…</c>.</param>
    /// <param name="loginRequestId">The login request, <c>lri_…</c>.</param>
    /// <param name="error">An error code of RFC 6749 §4.1.2.1 or OpenID Connect Core §3.1.2.6, for example <c>access_denied</c>.</param>
    /// <param name="errorDescription">A sentence for whoever reads the client's log; ASCII without quotes and backslashes (RFC 6749 §4.1.2.1). Null: none.</param>
    /// <param name="cancellationToken">Gives up waiting; the reject may have arrived all the same.</param>
    /// <returns>Where to send the browser.</returns>
    /// <exception cref="LatchkeyException">As for a report.</exception>
    public async Task<LoginRedirect> RejectAsync(
        string connectionId,
        string loginRequestId,
        string error = "access_denied",
        string? errorDescription = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(error);
        var path = $"{LoginRequestPath(connectionId, loginRequestId)}:reject";
        return RedirectFrom(await PostAsync(path, new(error, errorDescription), LatchkeyJson.Default.RejectBody, RefusalContext.LoginRequest, cancellationToken));
    }

    /// <summary>
    /// Reads what a login request asks for. Changes nothing, and answers for requests that are over too:
    /// <see cref="LoginRequest.Stage"/> and <see cref="LoginRequest.ExpiresAt"/> say whether a report is still welcome.
    /// </summary>
    /// <param name="connectionId">The connection, <c>conn_…</c>.</param>
    /// <param name="loginRequestId">The login request, <c>lri_…</c>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Client, resource, scopes and the wishes about the sign-in.</returns>
    /// <exception cref="LatchkeyException">
    /// <see cref="LatchkeyFailure.LoginRequestUnknown"/>, <see cref="LatchkeyFailure.CredentialRefused"/>, <see cref="LatchkeyFailure.Unavailable"/>.
    /// </exception>
    public async Task<LoginRequest> GetLoginRequestAsync(string connectionId, string loginRequestId, CancellationToken cancellationToken = default)
    {
        using var response = await SendAsync(HttpMethod.Get, LoginRequestPath(connectionId, loginRequestId), content: null, RefusalContext.LoginRequest, cancellationToken);
        return await Exchange.ReadAsync(response, LatchkeyJson.Default.LoginRequest, cancellationToken);
    }

    /// <inheritdoc cref="GetLoginRequestAsync(string, string, CancellationToken)"/>
    /// <remarks>At the connection of <see cref="LatchkeyOptions.ConnectionId"/>.</remarks>
    public Task<LoginRequest> GetLoginRequestAsync(string loginRequestId, CancellationToken cancellationToken = default) =>
        GetLoginRequestAsync(OwnConnection, loginRequestId, cancellationToken);

    /// <summary>The person left or was locked out: every grant of theirs at this connection ends, and with it every token.</summary>
    /// <param name="connectionId">The connection, <c>conn_…</c>.</param>
    /// <param name="sub">The person, as reported.</param>
    /// <param name="cancellationToken">Gives up waiting; the call may have arrived all the same.</param>
    /// <returns>How many grants ended, once Latchkey has it on disk.</returns>
    /// <exception cref="LatchkeyException"><see cref="LatchkeyFailure.UserUnknown"/>, <see cref="LatchkeyFailure.CredentialRefused"/>, <see cref="LatchkeyFailure.Unavailable"/>.</exception>
    public async Task<int> RevokeUserAsync(string connectionId, string sub, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(sub);
        using var response = await SendAsync(
            HttpMethod.Post, $"{ConnectionPath(connectionId)}/users:revoke", () => JsonContent.Create(new(sub), LatchkeyJson.Default.RevokeBody), RefusalContext.User, cancellationToken);
        var answer = await Exchange.ReadAsync(response, LatchkeyJson.Default.RevokedAnswer, cancellationToken);
        return answer.GrantsEnded;
    }

    /// <summary>Newer attributes of a person reported before; the next refresh of their tokens carries them.</summary>
    /// <param name="connectionId">The connection, <c>conn_…</c>.</param>
    /// <param name="user">The person; <see cref="LatchkeyUser.Sub"/> says who. How they signed in (<c>acr</c>, <c>amr</c>, <c>auth_time</c>, <c>sid</c>) belongs to a login and is not sent.</param>
    /// <param name="cancellationToken">Gives up waiting; the call may have arrived all the same.</param>
    /// <returns>When Latchkey has it on disk.</returns>
    /// <exception cref="LatchkeyException">
    /// <see cref="LatchkeyFailure.UserUnknown"/>, <see cref="LatchkeyFailure.UserInvalid"/>, <see cref="LatchkeyFailure.CredentialRefused"/>, <see cref="LatchkeyFailure.Unavailable"/>.
    /// </exception>
    public async Task UpdateUserAsync(string connectionId, LatchkeyUser user, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(user);
        var attributes = user with { Acr = null, Amr = null, AuthTime = null, SessionId = null };
        using var response = await SendAsync(
            HttpMethod.Post, $"{ConnectionPath(connectionId)}/users:update", () => JsonContent.Create(attributes, LatchkeyJson.Default.LatchkeyUser), RefusalContext.User, cancellationToken);
    }

    internal string OwnConnection => options.ConnectionId.Length > 0
        ? options.ConnectionId
        : throw new InvalidOperationException("Latchkey: set ConnectionId in the options, or name the connection in the call.");

    private static LatchkeyOptions Checked(LatchkeyOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return options.WhatIsWrong() is { } wrong ? throw new ArgumentException(wrong, nameof(options)) : options;
    }

    private static string ConnectionPath(string connectionId)
    {
        ArgumentException.ThrowIfNullOrEmpty(connectionId);
        return $"/api/v1/connections/{Uri.EscapeDataString(connectionId)}";
    }

    /// <summary>The id came from a browser: it is escaped whole, so that no text in it can reach another path of the API.</summary>
    private static string LoginRequestPath(string connectionId, string loginRequestId)
    {
        ArgumentException.ThrowIfNullOrEmpty(loginRequestId);
        return loginRequestId is "." or ".." || loginRequestId.Length > LatchkeyLoginPage.LongestParameter
            ? throw new LatchkeyException(LatchkeyFailure.LoginRequestUnknown, "That is no login request id.") { Code = "login_request_not_found" }
            : $"{ConnectionPath(connectionId)}/auth-requests/{Uri.EscapeDataString(loginRequestId)}";
    }

    private static LoginRedirect RedirectFrom(RedirectAnswer answer) =>
        Uri.TryCreate(answer.RedirectUri, UriKind.Absolute, out var uri) && uri.Scheme is "https" or "http"
            ? new LoginRedirect(uri!, answer.AuthRequestId)
            : throw new LatchkeyException(LatchkeyFailure.Unexpected, "Latchkey's answer carries no redirect_uri.");

    private async Task<RedirectAnswer> PostAsync<T>(string path, T body, JsonTypeInfo<T> type, RefusalContext context, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(HttpMethod.Post, path, () => JsonContent.Create(body, type), context, cancellationToken);
        return await Exchange.ReadAsync(response, LatchkeyJson.Default.RedirectAnswer, cancellationToken);
    }

    /// <summary>A 401 means that the token died early (a revoked key, a restored backup): one new token and one more try, then the 401 stands.</summary>
    private async Task<HttpResponseMessage> SendAsync(
        HttpMethod method, string path, Func<HttpContent>? content, RefusalContext context, CancellationToken cancellationToken)
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
            throw await Refusal.ReadAsync(response, context, cancellationToken);
        }
    }

    private async Task<HttpResponseMessage> SendOnceAsync(HttpMethod method, string path, Func<HttpContent>? content, AccessToken token, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, Endpoint.Of(options, path)) { Content = content?.Invoke() };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token.Value);
        return await Exchange.SendAsync(http, request, cancellationToken);
    }
}
