using Latchkey.Server.Clients;
using Latchkey.Server.Tests.Actors;
using Microsoft.AspNetCore.Http;
using Microsoft.IdentityModel.Tokens;

namespace Latchkey.Server.Tests.Token;

public sealed class Client_authentication_by_private_key_jwt(WithClientHost host) : IClassFixture<WithClientHost>
{
    [Theory]
    [InlineData("RS256", false)]
    [InlineData("ES256", false)]
    [InlineData("PS256", false)]
    [InlineData("ES256", true)]
    [Spec("OAuth 2.1 §2.4", "asymmetric-authentication")]
    [Spec("RFC 7523 §5", "rs256")]
    [Spec("Client ID Metadata Document §6.2", "key-clients-authenticate")]
    public async Task A_client_with_a_key_gets_tokens_and_refreshes_without_rotation(string algorithm, bool byUri)
    {
        var signer = await SigningClient.NewAsync(host, algorithm, byUri);
        var tokens = await Tokens.OfAsync(await signer.RedeemAsync(signer.Assertion()));
        var refreshed = await Tokens.OfAsync(await signer.Client.RefreshAsync(tokens.Refresh!, SigningClient.Proof(signer.Assertion())));

        Assert.Equal(tokens.Refresh, refreshed.Refresh);
    }

    public static TheoryData<string, object?> WrongClaims => new()
    {
        { "aud", "https://other.example" },
        { "aud", "https://localhost.evil.example" },
        { "aud", null },
        { "iss", "https://client.example/other" },
        { "sub", "https://client.example/other" },
        { "exp", -60L },
        { "exp", 600L },
        { "exp", null },
        { "nbf", 120L },
        { "jti", null },
        { "jti", "" },
        { "jti", new string('x', 300) },
    };

    [Theory]
    [MemberData(nameof(WrongClaims))]
    [Spec("RFC 7523 §3", "issuer-and-subject", "audience", "expiry", "not-before")]
    [Spec("RFC 7523 §3.2", "invalid-client")]
    public async Task An_assertion_with_a_wrong_claim_is_refused_and_consumes_no_code(string claim, object? value)
    {
        var signer = await SigningClient.NewAsync(host, "ES256");
        var code = await signer.CodeAsync();
        await Expect.ErrorAsync(
            await signer.Client.RedeemAsync(
                code, SigningClient.Proof(signer.Assertion((claim, value is long seconds ? Now(seconds) : value)))),
            401,
            "invalid_client");
        await Tokens.OfAsync(await signer.Client.RedeemAsync(code, SigningClient.Proof(signer.Assertion())));
    }

    [Fact]
    [Spec("RFC 7523 §3", "signature")]
    public async Task An_assertion_with_a_foreign_missing_or_broken_signature_is_refused()
    {
        var signer = await SigningClient.NewAsync(host, "ES256");
        var other = await SigningClient.NewAsync(host, "ES256");
        await Expect.ErrorAsync(await signer.RedeemAsync(other.Sign(signer.Claims())), 401, "invalid_client");
        var parts = signer.Assertion().Split('.');
        await Expect.ErrorAsync(
            await signer.RedeemAsync($"{Base64UrlEncoder.Encode("{\"alg\":\"none\"}")}.{parts[1]}."), 401, "invalid_client");
        await Expect.ErrorAsync(await signer.RedeemAsync($"{parts[0]}.{parts[1]}.{parts[2][..^4]}AAAA"), 401, "invalid_client");
        await Expect.ErrorAsync(await signer.RedeemAsync("not.a.jwt"), 401, "invalid_client");
    }

    [Fact]
    [Spec("RFC 7523 §3", "replay")]
    public async Task A_replay_of_an_assertion_is_refused_even_when_16_are_sent_at_once()
    {
        var signer = await SigningClient.NewAsync(host, "ES256");
        await signer.CodeAsync();
        var assertion = signer.Assertion();
        var answers = await Task.WhenAll(
            Enumerable.Range(0, 16)
                .Select(_ => signer.Client.PostAsync("/oauth/revoke", [("token", "lkr_unknown")], SigningClient.Proof(assertion))));

        Assert.Single(answers, a => (int)a.StatusCode == 200);
        Assert.Equal(15, answers.Count(a => (int)a.StatusCode == 401));
    }

    [Fact]
    [Spec("OAuth 2.1 §2.4.2", "method-bound-to-client")]
    [Spec("RFC 7523 §2.2", "assertion-parameters")]
    [Spec("Client ID Metadata Document §6.2", "key-clients-authenticate")]
    public async Task A_client_cannot_use_an_authentication_method_of_another_class()
    {
        var signer = await SigningClient.NewAsync(host, "ES256");
        var code = await signer.CodeAsync();
        await Expect.ErrorAsync(await signer.Client.RedeemAsync(code), 401, "invalid_client");
        await Expect.ErrorAsync(
            await signer.Client.RedeemAsync(code, [.. SigningClient.Proof(signer.Assertion()), ("client_secret", "lks_x")]), 400,
            "invalid_request");
        await Expect.ErrorAsync(
            await signer.Client.RedeemAsync(code, SigningClient.Proof(signer.Assertion(), "urn:other")), 400, "invalid_request");
        await Expect.ErrorAsync(
            await signer.Client.RedeemAsync(code, SigningClient.Proof(signer.Assertion(), type: null)), 400, "invalid_request");

        var registered = await McpClient.RegisterAsync(signer.Company);
        await Expect.ErrorAsync(await registered.RedeemAsync("lkc_x", SigningClient.Proof(signer.Assertion())), 401, "invalid_client");
    }

    [Fact]
    public async Task A_client_that_supports_keys_and_none_chooses_one_and_its_grant_is_bound_to_that_choice()
    {
        var signer = await SigningClient.NewAsync(host, "ES256", alsoNone: true);
        var withKey = await Tokens.OfAsync(await signer.RedeemAsync(signer.Assertion()));
        await Expect.ErrorAsync(await signer.Client.RefreshAsync(withKey.Refresh!), 400, "invalid_grant");
        await Tokens.OfAsync(await signer.Client.RefreshAsync(withKey.Refresh!, SigningClient.Proof(signer.Assertion())));

        var without = await Tokens.OfAsync(await signer.Client.RedeemAsync(await signer.CodeAsync()));
        var rotated = await Tokens.OfAsync(await signer.Client.RefreshAsync(without.Refresh!));
        Assert.NotEqual(without.Refresh, rotated.Refresh);
    }

    [Fact]
    [Spec("Client ID Metadata Document §6.3", "key-changes")]
    public async Task A_key_rotation_is_seen_at_once_but_unknown_keys_are_fetched_at_most_once_per_minute()
    {
        var signer = await SigningClient.NewAsync(host, "ES256", byUri: true);
        await Tokens.OfAsync(await signer.RedeemAsync(signer.Assertion()));
        host.Clock.Advance(TimeSpan.FromMinutes(2));
        signer.Rotate(host.Clients!);
        await Tokens.OfAsync(await signer.RedeemAsync(signer.Assertion()));

        var visits = host.Clients!.FetchesOf(signer.KeysPage);

        // The last key set is less than a minute old.
        var other = await SigningClient.NewAsync(host, "ES256");
        for (var i = 0; i < 3; i++)
        {
            await Expect.ErrorAsync(await signer.RedeemAsync(other.Sign(signer.Claims())), 401, "invalid_client");
        }

        Assert.Equal(visits, host.Clients.FetchesOf(signer.KeysPage));
    }

    [Fact]
    public async Task A_key_set_that_cannot_be_fetched_is_a_503_and_consumes_no_code()
    {
        var signer = await SigningClient.NewAsync(host, "ES256", byUri: true);
        var code = await signer.CodeAsync();
        host.Clients!.Publish(signer.KeysPage, http => ClientHost.Status(http, 500));
        host.ResponseAudit.ExpectsStorageAway = true;
        await Expect.ErrorAsync(
            await signer.Client.RedeemAsync(code, SigningClient.Proof(signer.Assertion())), 503, "temporarily_unavailable");
        host.ResponseAudit.ExpectsStorageAway = false;
        signer.Rotate(host.Clients);
        host.Clock.Advance(ClientFetches.FailureFloor);
        await Tokens.OfAsync(await signer.Client.RedeemAsync(code, SigningClient.Proof(signer.Assertion())));
    }

    /// <summary>A client discards its registration on invalid_client, so a host that is down must never cause that.</summary>
    [Theory]
    [InlineData("500")]
    [InlineData("404")]
    [InlineData("not JSON")]
    [InlineData("repeated member")]
    [InlineData("eleven keys")]
    [InlineData("no set")]
    public async Task The_last_good_key_set_is_used_while_its_host_fails(string failure)
    {
        var signer = await SigningClient.NewAsync(host, "ES256", byUri: true);
        var tokens = await Tokens.OfAsync(await signer.RedeemAsync(signer.Assertion()));
        var stranger = signer.Assertion();
        host.Clients!.Publish(signer.KeysPage, http => failure.Length == 3
            ? ClientHost.Status(http, int.Parse(failure))
            : WriteAsync(http, failure switch
            {
                "not JSON" => "x",
                "repeated member" => $"{{\"keys\":[],\"keys\":[{signer.Jwk}]}}",
                "eleven keys" => $"{{\"keys\":[{string.Join(',', Enumerable.Repeat(signer.Jwk, 11))}]}}",
                _ => "{}",
            }));
        host.Clock.Advance(TimeSpan.FromHours(2));
        await Tokens.OfAsync(await signer.Client.RefreshAsync(tokens.Refresh!, SigningClient.Proof(signer.Assertion())));

        // Its new key is known to nobody but the failing host.
        host.Clock.Advance(ClientFetches.FailureFloor);
        host.ResponseAudit.ExpectsStorageAway = true;
        signer.Rotate(place: null);
        await Expect.ErrorAsync(
            await signer.Client.RefreshAsync(tokens.Refresh!, SigningClient.Proof(signer.Assertion())), 503, "temporarily_unavailable");
        host.ResponseAudit.ExpectsStorageAway = false;
        Assert.NotEmpty(stranger);

        host.Clock.Advance(ClientFetches.FailureFloor);
        signer.Rotate(host.Clients);
        await Tokens.OfAsync(await signer.Client.RefreshAsync(tokens.Refresh!, SigningClient.Proof(signer.Assertion())));
    }

    [Theory]
    [InlineData(6, true)]
    [InlineData(8, false)]
    public async Task The_last_good_key_set_is_used_for_one_week(int days, bool isUsed)
    {
        var signer = await SigningClient.NewAsync(host, "ES256", byUri: true);
        var tokens = await Tokens.OfAsync(await signer.RedeemAsync(signer.Assertion()));
        host.Clients!.Publish(signer.KeysPage, http => ClientHost.Status(http, 500));
        host.Clock.Advance(TimeSpan.FromDays(days));
        host.ResponseAudit.ExpectsStorageAway = true;
        var response = await signer.Client.RefreshAsync(tokens.Refresh!, SigningClient.Proof(signer.Assertion()));
        Assert.Equal(isUsed ? 200 : 503, (int)response.StatusCode);
        host.ResponseAudit.ExpectsStorageAway = false;
    }

    private long Now(long secondsFromNow) => host.Clock.GetUtcNow().AddSeconds(secondsFromNow).ToUnixTimeSeconds();

    private static Task WriteAsync(HttpContext http, string json)
    {
        http.Response.ContentType = "application/json";
        return http.Response.WriteAsync(json, http.RequestAborted);
    }
}
