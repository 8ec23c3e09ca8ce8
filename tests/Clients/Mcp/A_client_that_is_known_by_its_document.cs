using Clients.Programs;
using Demo;
using Demo.Walk;

namespace Clients.Mcp;

/// <summary>A client ID metadata document takes the place of a registration: the client's id is the document's address.</summary>
public sealed class A_client_that_is_known_by_its_document(DemoTrio demo)
{
    /// <summary>Without a port, as clients publish it that take another one at each start.</summary>
    private const string PublishedRedirectUri = "http://127.0.0.1/callback";

    [Fact]
    [Spec("Client ID Metadata Document §4", "fetched")]
    public async Task Connects_refreshes_asks_for_more_and_is_taken_back_without_ever_registering()
    {
        var document = Publish("whole-way");
        await using var client = McpClientProgram.Start(demo.NotesUrl, metadataUrl: $"https://{document}");

        var refused = await client.AskAsync("connect");
        Assert.Equal(
            ["POST /mcp 401", "GET /.well-known/oauth-protected-resource/mcp 200", $"GET /.well-known/oauth-authorization-server/resources/{demo.ResourceId} 200"],
            refused.Exchanges);
        Assert.Equal($"https://{document}", client.ClientId);
        var redeemed = await client.MustAsync("finish", new { redirect = await McpClientProgram.AllowAsync(DemoUser.Ada, refused.Asked, "notes:write") });
        Assert.Equal([$"POST /resources/{demo.ResourceId}/oauth/token 200"], redeemed.Exchanges);
        await client.MustAsync("connect");
        Assert.Equal("Ada Lovelace", (await client.CallAsync("list_notes"))["result"].GetProperty("owner").GetString());
        Assert.Equal($"https://{document}", Jwt.Claims(client.AccessToken).GetProperty("client_id").GetString());

        var first = client.RefreshToken;
        Assert.Equal("AUTHORIZED", (await client.MustAsync("authorize"))["outcome"].GetString());
        Assert.NotEqual(first, client.RefreshToken);
        Assert.Equal("notes:read offline_access", client.Scope);

        var note = new { title = "Moth", text = "Found in relay 70." };
        var narrow = await client.CallAsync("add_note", note);
        Assert.Equal(["POST /mcp 403"], narrow.Exchanges);
        await client.MustAsync("finish", new { redirect = await McpClientProgram.AllowAsync(DemoUser.Ada, narrow.Asked) });
        Assert.Equal("notes:read notes:write offline_access", client.Scope);
        Assert.Equal("Moth", (await client.CallAsync("add_note", note))["result"].GetProperty("title").GetString());

        await client.RevokeAsync(demo);
        var over = await client.MustAsync("authorize");
        Assert.Equal("REDIRECT", over["outcome"].GetString());
        Assert.Equal([$"POST /resources/{demo.ResourceId}/oauth/token 400 invalid_grant"], over.Exchanges);
        Assert.Equal(["tokens"], over.Texts("forgot"));

        // Fetched when the person first came, and at no other of these requests.
        Assert.Equal(1, demo.Documents.VisitsOf(document));
    }

    [Fact]
    [Spec("Client ID Metadata Document §6.4", "host-shown")]
    public async Task Is_shown_to_the_person_by_its_name_and_by_the_host_that_vouches_for_it()
    {
        await using var client = McpClientProgram.Start(demo.NotesUrl, metadataUrl: $"https://{Publish("consent")}");
        var refused = await client.AskAsync("connect");
        using var browser = new HeadlessBrowser();

        var login = await browser.OpenAsync(refused.Asked, landing: null, CancellationToken.None);
        var consent = await browser.SubmitAsync(
            login,
            "login",
            new Dictionary<string, string>(StringComparer.Ordinal) { ["email"] = DemoUser.Ada.Email, ["password"] = DemoUser.Ada.Password },
            untick: null,
            button: null,
            landing: null,
            CancellationToken.None);

        Assert.True(consent.HasForm("consent"), consent.Heading);
        Assert.Equal(["Notes of consent"], consent.Read("client"));
        Assert.Contains(DemoTrio.DocumentHost, Assert.Single(consent.Read("client-host")), StringComparison.Ordinal);
    }

    [Fact]
    [Spec("Client ID Metadata Document §4.1", "own-id")]
    public async Task Is_refused_before_the_person_signs_in_when_its_document_names_another_client()
    {
        var document = Publish("impostor", named: "somebody-else");
        await using var client = McpClientProgram.Start(demo.NotesUrl, metadataUrl: $"https://{document}");
        var refused = await client.AskAsync("connect");
        using var browser = new HeadlessBrowser();

        var page = await browser.OpenAsync(refused.Asked, McpClientProgram.RedirectUri, CancellationToken.None);

        Assert.Equal("client_document_invalid", page.ErrorCode);
    }

    /// <param name="name">Of the document.</param>
    /// <param name="named">The document it says it is; null: it says the truth.</param>
    /// <returns>Host and path.</returns>
    private string Publish(string name, string? named = null)
    {
        demo.Documents.Publish($"{DemoTrio.DocumentHost}/{name}", new
        {
            client_id = $"https://{DemoTrio.DocumentHost}/{named ?? name}",
            client_name = $"Notes of {name}",
            redirect_uris = new[] { PublishedRedirectUri },
            grant_types = new[] { "authorization_code", "refresh_token" },
            token_endpoint_auth_method = "none",
        });
        return $"{DemoTrio.DocumentHost}/{name}";
    }
}
