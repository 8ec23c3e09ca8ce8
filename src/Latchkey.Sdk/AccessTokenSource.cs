namespace Latchkey.Sdk;

/// <summary>
/// The bearer token of the API client (RFC 6749 §4.4), fetched once and shared until shortly before it expires.
/// Concurrent callers share one request. A failed request is not cached.
/// </summary>
internal sealed class AccessTokenSource(HttpClient http, LatchkeyOptions options, TimeProvider time)
{
    private static readonly TimeSpan LongestMargin = TimeSpan.FromSeconds(60);
    private readonly Lock gate = new();
    private Task<AccessToken>? latest;

    /// <summary>Returns a token that is valid now. It is never <paramref name="refused"/>,
    /// which the API has just refused although it has not expired.</summary>
    public async Task<AccessToken> GetAsync(AccessToken? refused, CancellationToken cancellationToken)
    {
        Task<AccessToken> token;
        lock (gate)
        {
            if (latest is null || latest.IsFaulted || latest.IsCanceled
                || (latest.IsCompletedSuccessfully && !IsUsable(latest.Result, refused)))
            {
                // A cancelled caller must not fail the others, so the request is bounded by the HTTP client's timeout alone.
                latest = Task.Run(() => FetchAsync(CancellationToken.None), CancellationToken.None);
            }

            token = latest;
        }

        return await token.WaitAsync(cancellationToken);
    }

    private bool IsUsable(AccessToken token, AccessToken? refused) =>
        !ReferenceEquals(token, refused) && time.GetUtcNow() < token.UsableUntil;

    private async Task<AccessToken> FetchAsync(CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Endpoint.Of(options, "/oauth/token"))
        {
            Content = new FormUrlEncodedContent(
            [
                new("grant_type", "client_credentials"),
                new("client_id", options.ClientId),
                new("client_secret", options.ClientSecret),
            ]),
        };
        var asked = time.GetUtcNow();
        using var response = await Exchange.SendAsync(http, request, cancellationToken);
        if (!response.IsSuccessStatusCode)
        {
            throw await ErrorResponse.ReadAsync(response, ErrorContext.Credential, cancellationToken);
        }

        var tokenResponse = await Exchange.ReadAsync(response, LatchkeyJson.Default.TokenResponse, cancellationToken);
        if (tokenResponse.AccessToken is not { Length: > 0 } value)
        {
            throw new LatchkeyException(LatchkeyFailure.Unexpected, "The response of Latchkey's token endpoint has no access_token.")
            {
                Status = response.StatusCode
            };
        }

        // Without expires_in (RFC 6749 §5.1 only recommends it) the token is used for this call and the next call fetches another.
        var lifetime = TimeSpan.FromSeconds(tokenResponse.ExpiresIn ?? 0);
        var margin = lifetime / 10 < LongestMargin ? lifetime / 10 : LongestMargin;
        return new AccessToken(value, asked + lifetime - margin);
    }
}

/// <summary>A class and not a record: it is compared by reference, and ToString does not show the token.</summary>
internal sealed class AccessToken(string value, DateTimeOffset usableUntil)
{
    public string Value { get; } = value;

    public DateTimeOffset UsableUntil { get; } = usableUntil;

    public override string ToString() => "***";
}
