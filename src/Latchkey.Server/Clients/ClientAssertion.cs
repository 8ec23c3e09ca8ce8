using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Latchkey.Server.Credentials;
using Latchkey.Server.Limits;
using Latchkey.Server.Refusals;
using Latchkey.Server.SignIns;

namespace Latchkey.Server.Clients;

/// <summary>
/// <c>private_key_jwt</c> (RFC 7523 §3, OpenID Connect Core §9):
/// 1. the header has an accepted algorithm and no critical extension; 2. issuer and subject are the client; 3. the audience is this
/// server's issuer alone; 4. the assertion expires within five minutes; 5. exactly one published key of the client fits; 6. it signed the
/// assertion; 7. the <c>jti</c> is used once (replay). What costs nothing is checked first, and the network of a client that is not listed
/// is charged before the one verification of a signature.
/// </summary>
internal sealed class ClientAssertion(
    ClientStore store, ClientKeySets keySets, RateLimits limits, Settings settings, TimeProvider clock)
{
    private const int MaxIdLength = 255;
    private static readonly TimeSpan MaxLifetime = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan ClockSkew = TimeSpan.FromSeconds(30);
    private static readonly string[] Algorithms = ["RS256", "ES256", "PS256"];

    /// <summary>Validates an assertion and consumes its <c>jti</c>. Returns null when the client is authenticated.</summary>
    /// <param name="http">The request with the assertion.</param>
    /// <param name="client">The id of an OAuth client or an API client.</param>
    /// <param name="published">The client's keys. Null when it has none.</param>
    /// <param name="isListed">
    /// Whether an operator created or listed the client, or the catalogue has it: its fetches use the reserved lane, and the budget of its
    /// network does not refuse it.
    /// </param>
    public async Task<OAuthErrorResponse?> ValidateAsync(
        HttpContext http, string client, ClientKeys? published, bool isListed, AssertionJwt assertion, CancellationToken cancellationToken)
    {
        if (published is not { } keys)
        {
            return OAuthErrorResponse.WrongMethod;
        }

        if (WhyUnacceptable(assertion, client, http.Request) is { } unacceptable)
        {
            return OAuthErrorResponse.AssertionRefused(unacceptable.Why).With(
            [
                .. unacceptable.Compared,
                .. (assertion.Audiences ?? []).Select(audience => Fact.Sent(FactNames.Audience, audience)),
                Fact.Expected(FactNames.Audience, settings.BaseUrl),
            ]);
        }

        // A valid assertion leaves a row, and a client that registered itself can sign any number of them.
        if (!isListed && limits.Spent(http) is { } spent)
        {
            return OAuthErrorResponse.TooManyRequests(spent, "requests");
        }

        return await keySets.FindAsync(http, keys, isListed, assertion, cancellationToken) switch
        {
            KeyLookup.Found { Key: var key } => await VerifyAsync(http, client, key, isListed, assertion, cancellationToken),
            KeyLookup.Ambiguous => OAuthErrorResponse.KeyIdRequired,
            KeyLookup.Unavailable => OAuthErrorResponse.KeysUnavailable,
            KeyLookup.Exceeded { Limit: var limit } => OAuthErrorResponse.TooManyRequests(limit, "key sets to fetch"),
            KeyLookup.Unknown => OAuthErrorResponse.AssertionRefused("The client has no such key."),
        };
    }

    /// <summary>Whether the audience is an issuer of the entry, or the URL of its token endpoint, which is recorded as a quirk.</summary>
    /// <param name="isIssuer">Whether the audience is exactly one issuer.</param>
    public static bool IsForThisServer(AssertionJwt assertion, HttpRequest request, string baseUrl, out bool isIssuer)
    {
        var environment = Issuer.Environment(baseUrl);
        Issuer[] issuers = request.RouteValues["resource"] is string text && ResourceId.Parse(text) is { } resource
            ? [environment, Issuer.Of(baseUrl, resource)]
            : [environment];
        var audiences = assertion.Audiences ?? [];
        isIssuer = audiences.Count == 1 && issuers.Any(i => i.Value == audiences[0]);
        return audiences.Count > 0 && audiences.All(a => issuers.Any(i => i.Value == a || i.TokenEndpoint == a));
    }

    /// <summary>Everything that can be decided without a key. Returns null when the assertion can be accepted.</summary>
    private (string Why, Fact[] Compared)? WhyUnacceptable(AssertionJwt assertion, string client, HttpRequest request)
    {
        var now = clock.GetUtcNow();
        var why = !Algorithms.Contains(assertion.Algorithm, StringComparer.Ordinal)
            ? $"Its alg must be one of {string.Join(", ", Algorithms)}."
            : assertion.HasCriticalHeaders ? "Its header has crit, and no extension is supported."
            : assertion.Issuer != client || assertion.Subject != client ? "Its iss and sub must both be the client."
            : !IsForThisServer(assertion, request, settings.BaseUrl, out _) ? "Its aud must be the issuer alone."
            : assertion.ExpiresAt is not { } expiresAt ? "It has no exp."
            : expiresAt <= Seconds(now - ClockSkew) ? Invariant($"It expired {Seconds(now) - expiresAt:0} s ago.")
            : expiresAt > Seconds(now + MaxLifetime + ClockSkew)
                ? Invariant($"It expires in {expiresAt - Seconds(now):0} s, and at most {MaxLifetime.TotalSeconds:0} s are accepted.")
            : assertion.NotBefore is { } notBefore && !(notBefore <= Seconds(now + ClockSkew)) ? "Its nbf lies in the future."
            : assertion.Id is not { Length: <= MaxIdLength } ? "Its jti is missing or too long."
            : null;
        return why is null ? null : (why, [.. Wrong(assertion, client, now)]);
    }

    /// <summary>What is wrong beside the audience, with what is expected.</summary>
    private static IEnumerable<Fact> Wrong(AssertionJwt assertion, string client, DateTimeOffset now)
    {
        if (!Algorithms.Contains(assertion.Algorithm, StringComparer.Ordinal))
        {
            yield return Fact.Sent(FactNames.Algorithm, assertion.Algorithm);
            yield return Fact.Expected(FactNames.Algorithm, string.Join(" or ", Algorithms));
        }

        foreach (var (name, value) in ((string, string?)[])[(FactNames.Issuer, assertion.Issuer), (FactNames.Subject, assertion.Subject)])
        {
            if (value != client)
            {
                yield return Fact.Sent(name, value ?? SentParameters.Missing);
                yield return Fact.Expected(name, client);
            }
        }

        var left = assertion.ExpiresAt - Seconds(now);
        if (left is not { } seconds || seconds <= -ClockSkew.TotalSeconds || seconds > (MaxLifetime + ClockSkew).TotalSeconds)
        {
            yield return Fact.Sent(FactNames.ExpiresIn, left is { } time ? Invariant($"{time:0} s") : SentParameters.Missing);
            yield return Fact.Expected(FactNames.ExpiresIn, Invariant($"1 to {MaxLifetime.TotalSeconds:0} s"));
        }
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    /// <summary>
    /// The right assertion of a listed client is accepted while its network guesses: the operator accepted its keys, not a stranger.
    /// </summary>
    private async Task<OAuthErrorResponse?> VerifyAsync(
        HttpContext http, string client, ClientKey key, bool isListed, AssertionJwt assertion, CancellationToken cancellationToken)
    {
        if (!isListed && limits.Verification(http) is { } exceeded)
        {
            return OAuthErrorResponse.TooManyFailures(exceeded, "failed authentications");
        }

        if (!key.Verify(assertion.Algorithm, assertion.Signed, assertion.Signature))
        {
            return OAuthErrorResponse.AssertionRefused("Its signature does not fit the published key.");
        }

        if (!isListed)
        {
            limits.GiveBackVerification(http);
        }

        return await store.UseAssertionAsync(
            SHA256.HashData(Encoding.UTF8.GetBytes($"{client}\n{assertion.Id}")),
            DateTimeOffset.UnixEpoch.AddSeconds(Math.Ceiling(assertion.ExpiresAt!.Value)) + ClockSkew,
            cancellationToken)
            ? null
            : OAuthErrorResponse.AssertionRefused("Its jti was used before.");
    }

    private static double Seconds(DateTimeOffset at) => (at - DateTimeOffset.UnixEpoch).TotalSeconds;
}
