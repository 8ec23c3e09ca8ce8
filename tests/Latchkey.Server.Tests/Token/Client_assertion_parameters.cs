using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Token;

/// <summary>The parameter client_id beside a client assertion (RFC 7521 §4.2).</summary>
public sealed class Client_assertion_parameters(WithClientHost host) : IClassFixture<WithClientHost>
{
    [Fact]
    [Spec("RFC 7523 §2.2", "same-client-id")]
    public async Task A_client_id_that_differs_from_the_assertion_is_refused_and_its_absence_is_accepted()
    {
        var company = await host.NewCompanyAsync();
        var (own, other) = (await NewClientAsync(company), await NewClientAsync(company));
        (string, string?)[] form = [("token", "lkr_unknown")];

        await Expect.ErrorAsync(
            await own.Client.PostAsync("/oauth/revoke", [.. form, ("client_id", other.Id)], ClientKey.Proof(host, own.Id)), 401,
            "invalid_client");
        foreach (var clientId in new[] { own.Id, null })
        {
            using var answer = await own.Client.PostAsync(
                "/oauth/revoke", [.. form, ("client_id", clientId)], ClientKey.Proof(host, own.Id));
            Assert.Equal(200, (int)answer.StatusCode);
        }
    }

    private static Task<RegisteredClient> NewClientAsync(Company company) => new Registrant(company).RegisterAsync(new
    {
        client_name = "Signing",
        redirect_uris = new[] { Registrant.Redirect },
        token_endpoint_auth_method = "private_key_jwt",
        jwks = ClientKey.Set,
    });
}
