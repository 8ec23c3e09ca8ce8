namespace Latchkey.Sdk;

/// <summary>
/// The bearer token of the API client (RFC 6749 §4.4), fetched once and shared until shortly before it expires.
/// Of any number of concurrent callers exactly one fetches; the others wait for the same answer. A failed fetch is not kept.
/// </summary>
internal sealed class AccessTokenSource(HttpClient http, LatchkeyOptions options, TimeProvider time)
{
    private static readonly TimeSpan LongestMargin = TimeSpan.FromSeconds(60);
    private readonly Lock gate = new();
    private Task<AccessToken>? latest;

    /// <summary>A token that can be used now; never <paramref name="refused"/>, which the API has just turned down, however long it claims to live.</summary>
    public async Task<AccessToken> GetAsync(AccessToken? refused, CancellationToken cancellationToken)
    {
        Task<AccessToken> token;
        lock (gate)
        {
            if (latest is null || latest.IsFaulted || latest.IsCanceled || (latest.IsCompletedSuccessfully && !IsUsable(latest.Result, refused)))
            {
                // One caller that gives up must not fail the others, so the fetch has no cancellation but the client's timeout.
                latest = Task.Run(() => FetchAsync(CancellationToken.None), CancellationToken.None);
            }

            token = latest;
        }

        return await token.WaitAsync(cancellationToken);
    }

    private bool IsUsable(AccessToken token, AccessToken? refused) => !ReferenceEquals(token, refused) && time.GetUtcNow() < token.UsableUntil;

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
            throw await Refusal.ReadAsync(response, RefusalContext.Credential, cancellationToken);
        }

        var answer = await Exchange.ReadAsync(response, LatchkeyJson.Default.TokenAnswer, cancellationToken);
        if (answer.AccessToken is not { Length: > 0 } value)
        {
            throw new LatchkeyException(LatchkeyFailure.Unexpected, "Latchkey's token endpoint answered without access_token.") { Status = response.StatusCode };
        }

        // Without expires_in (RFC 6749 §5.1 only recommends it) the token serves this call; the next one asks again.
        var lifetime = TimeSpan.FromSeconds(answer.ExpiresIn ?? 0);
        var margin = lifetime / 10 < LongestMargin ? lifetime / 10 : LongestMargin;
        return new AccessToken(value, asked + lifetime - margin);
    }
}

/// <summary>A class and not a record: two are the same only when they are one, and printing it shows nothing.</summary>
internal sealed class AccessToken(string value, DateTimeOffset usableUntil)
{
    public string Value { get; } = value;

    public DateTimeOffset UsableUntil { get; } = usableUntil;

    public override string ToString() => "***";
}
