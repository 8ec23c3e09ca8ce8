using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Registration;

public sealed class Registration_access_tokens(OnSqlite host) : IClassFixture<OnSqlite>
{
    /// <summary>A client whose token expired could neither read nor change its registration (RFC 7592 §5).</summary>
    [Fact]
    [Spec("RFC 7592 §5", "token-does-not-expire")]
    public async Task The_token_is_accepted_for_as_long_as_the_client_is_in_use()
    {
        var registered = await new Registrant(await host.NewCompanyAsync()).RegisterAsync(Registrant.WithSecret("Lasting"));
        for (var i = 0; i < 8; i++)
        {
            host.Clock.Advance(TimeSpan.FromDays(60));
            using var used = await host.Anonymous.GetAsync(registered.Client.Authorize());
            Assert.Equal(HttpStatusCode.Redirect, used.StatusCode);
            using var read = await registered.SendAsync(HttpMethod.Get);
            Assert.Equal(HttpStatusCode.OK, read.StatusCode);
            Assert.Equal(registered.Token, (await read.Content.ReadFromJsonAsync<JsonElement>())
                .GetProperty("registration_access_token").GetString());
        }
    }
}
