using Clients.Programs;
using Demo;
using Demo.Walk;

namespace Clients.Mcp;

/// <summary>A client ID metadata document replaces a registration: the client id is the document's URL.</summary>
public sealed class Client_ID_metadata_documents(RunningDemo demo)
{
    /// <summary>Without a port, as a client publishes it that uses another port at each start.</summary>
    private const string PublishedRedirectUri = "http://127.0.0.1/callback";

    [Fact]
    [Spec("Client ID Metadata Document §4", "fetched")]
    public async Task A_client_with_a_metadata_document_connects_refreshes_and_steps_up_without_a_registration()
    {
        var document = Publish("whole-way");
        await using var client = McpClientProgram.Start(demo.NotesUrl, metadataUrl: $"https://{document}");

        var refused = await client.RunAsync("connect");
        Assert.Equal(
            ["POST /mcp 401", "GET /.well-known/oauth-protected-resource/mcp 200",
                $"GET /.well-known/oauth-authorization-server/resources/{demo.ResourceId} 200"],
            refused.Exchanges);
        Assert.Equal($"https://{document}", client.ClientId);
        var redeemed = await client.SucceedAsync(
            "finish", new { redirect = await McpClientProgram.AllowAsync(DemoUser.Ada, refused.AuthorizationUrl, "notes:write") });
        Assert.Equal([$"POST /resources/{demo.ResourceId}/oauth/token 200"], redeemed.Exchanges);
        await client.SucceedAsync("connect");
        Assert.Equal("Ada Lovelace", (await client.CallAsync("list_notes"))["result"].GetProperty("owner").GetString());
        Assert.Equal($"https://{document}", Jwt.Claims(client.AccessToken).GetProperty("client_id").GetString());

        var first = client.RefreshToken;
        Assert.Equal("AUTHORIZED", (await client.SucceedAsync("authorize"))["outcome"].GetString());
        Assert.NotEqual(first, client.RefreshToken);
        Assert.Equal("notes:read offline_access", client.Scope);

        var note = new { title = "Moth", text = "Found in relay 70." };
        var narrow = await client.CallAsync("add_note", note);
        Assert.Equal(["POST /mcp 403"], narrow.Exchanges);
        await client.SucceedAsync("finish", new { redirect = await McpClientProgram.AllowAsync(DemoUser.Ada, narrow.AuthorizationUrl) });
        Assert.Equal("notes:read notes:write offline_access", client.Scope);
        Assert.Equal("Moth", (await client.CallAsync("add_note", note))["result"].GetProperty("title").GetString());

        await client.RevokeAsync(demo);
        var over = await client.SucceedAsync("authorize");
        Assert.Equal("REDIRECT", over["outcome"].GetString());
        Assert.Equal([$"POST /resources/{demo.ResourceId}/oauth/token 400 invalid_grant"], over.Exchanges);
        Assert.Equal(["tokens"], over.Texts("forgot"));

        // The document was fetched once, at the first authorization request.
        Assert.Equal(1, demo.Documents.FetchesOf(document));
    }

    [Fact]
    [Spec("Client ID Metadata Document §6.4", "host-shown")]
    public async Task The_consent_page_shows_the_name_and_the_host_of_the_document()
    {
        await using var client = McpClientProgram.Start(demo.NotesUrl, metadataUrl: $"https://{Publish("consent")}");
        var refused = await client.RunAsync("connect");
        using var browser = new HeadlessBrowser();

        var login = await browser.OpenAsync(refused.AuthorizationUrl, landing: null, CancellationToken.None);
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
        Assert.Contains(RunningDemo.DocumentHost, Assert.Single(consent.Read("client-host")), StringComparison.Ordinal);
    }

    [Fact]
    [Spec("Client ID Metadata Document §4.1", "own-id")]
    public async Task A_document_that_names_another_client_id_is_refused_before_the_sign_in()
    {
        var document = Publish("impostor", named: "another-client");
        await using var client = McpClientProgram.Start(demo.NotesUrl, metadataUrl: $"https://{document}");
        var refused = await client.RunAsync("connect");
        using var browser = new HeadlessBrowser();

        var page = await browser.OpenAsync(refused.AuthorizationUrl, McpClientProgram.RedirectUri, CancellationToken.None);

        Assert.Equal("client_document_invalid", page.ErrorCode);
    }

    /// <param name="name">The name of the document.</param>
    /// <param name="named">The name in the document's <c>client_id</c>; null stands for its own.</param>
    /// <returns>The host and path of the document.</returns>
    private string Publish(string name, string? named = null)
    {
        demo.Documents.Publish($"{RunningDemo.DocumentHost}/{name}", new
        {
            client_id = $"https://{RunningDemo.DocumentHost}/{named ?? name}",
            client_name = $"Notes of {name}",
            redirect_uris = new[] { PublishedRedirectUri },
            grant_types = new[] { "authorization_code", "refresh_token" },
            token_endpoint_auth_method = "none",
        });
        return $"{RunningDemo.DocumentHost}/{name}";
    }
}
