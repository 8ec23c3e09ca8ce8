using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Web;
using Clients.Programs;
using Demo;
using Demo.Walk;

namespace Clients.Differences;

/// <summary>One of the two compared servers.</summary>
/// <param name="clients">The clients, which are the same at both servers.</param>
internal abstract partial class ComparedServer(RegisteredClients clients)
{
    private static readonly HttpClient Http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });

    protected abstract string AuthorizationEndpoint { get; }

    protected abstract string TokenEndpoint { get; }

    /// <summary>
    /// Sends a request and summarizes the response. At the token endpoint: the status and <c>error</c>. At the authorization endpoint:
    /// <c>accepted</c> if the user can sign in, the <c>error</c> that is sent to the redirect URI,
    /// or <c>page</c> for an error page without a redirect.
    /// </summary>
    public async Task<string> SendAsync(RequestCase request)
    {
        var sent = await request.FillAsync(name => ValueAsync(name, request.Base.ClientId.Trim('{', '}')));
        var address = request.Base.IsAuthorization ? AuthorizationEndpoint : TokenEndpoint;
        if (sent.IsSecond)
        {
            using var before = await Http.SendAsync(sent.To(address));
            Assert.Equal(HttpStatusCode.OK, before.StatusCode);
        }

        using var response = await Http.SendAsync(sent.To(address));
        return request.Base.IsAuthorization ? await AuthorizationResultAsync(response) : await TokenResultAsync(response);
    }

    protected abstract Task<string> CodeAsync(string clientId);

    private async Task<string> ValueAsync(string name, string client) => name switch
    {
        "open" => "{",
        "redirect" => RegisteredClients.RedirectUri,
        "verifier" => RegisteredClients.Verifier,
        "challenge" => RegisteredClients.Challenge,
        "resource" => clients.ResourceUri,
        "secret_secret" => clients.SecretOf("secret"),
        "wrong_basic" => Basic(clients.IdOf("secret"), "lks_nonsense"),
        "code" => await CodeAsync(clients.IdOf(client)),
        "other_code" => await CodeAsync(clients.IdOf("other")),
        "refresh" => (await RedeemAsync(client)).GetProperty("refresh_token").GetString()!,
        "other_refresh" => (await RedeemAsync("other")).GetProperty("refresh_token").GetString()!,
        "access" => (await RedeemAsync(client)).GetProperty("access_token").GetString()!,
        _ when name.EndsWith("_basic", StringComparison.Ordinal) => Basic(clients.IdOf(name[..^6]), clients.SecretOf(name[..^6])),
        _ => clients.IdOf(name),
    };

    private async Task<JsonElement> RedeemAsync(string client)
    {
        var sent = await new RequestCase("", client == "secret" ? ValidRequest.RedeemWithSecret : ValidRequest.Redeem)
            .FillAsync(name => ValueAsync(name == "public" ? client : name, client));
        using var response = await Http.SendAsync(sent.To(TokenEndpoint));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return await response.Content.ReadFromJsonAsync<JsonElement>();
    }

    private static string Basic(string id, string secret) => Convert.ToBase64String(Encoding.UTF8.GetBytes($"{id}:{secret}"));

    private static async Task<string> TokenResultAsync(HttpResponseMessage response)
    {
        var status = ((int)response.StatusCode).ToString(CultureInfo.InvariantCulture);
        return response.Content.Headers.ContentType?.MediaType == "application/json"
            && (await response.Content.ReadFromJsonAsync<JsonElement>()).TryGetProperty("error", out var error)
                ? $"{status} {error.GetString()}"
                : status;
    }

    private static async Task<string> AuthorizationResultAsync(HttpResponseMessage response)
    {
        if (response.Headers.Location is { } location)
        {
            var address = location.OriginalString;
            return HttpUtility.ParseQueryString(address[(address.AsSpan().IndexOfAny('?', '#') + 1)..])["error"] ?? "accepted";
        }

        // response_mode=form_post: a page that submits a form to the redirect URI.
        return ErrorInForm().Match(await response.Content.ReadAsStringAsync()) is { Success: true } form ? form.Groups["error"].Value
            : (int)response.StatusCode is >= 400 and < 500 ? "page"
            : ((int)response.StatusCode).ToString(CultureInfo.InvariantCulture);
    }

    [GeneratedRegex("name=\"error\" value=\"(?<error>[^\"]*)\"", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex ErrorInForm();
}

/// <summary>Latchkey, at the demo's resource.</summary>
internal sealed class ComparedLatchkey(RunningDemo demo, RegisteredClients clients) : ComparedServer(clients)
{
    protected override string AuthorizationEndpoint => demo.Issuer + "/oauth/authorize";

    protected override string TokenEndpoint => demo.Issuer + "/oauth/token";

    protected override async Task<string> CodeAsync(string clientId)
    {
        var asked = $"{AuthorizationEndpoint}?response_type=code&client_id={clientId}&redirect_uri={RegisteredClients.RedirectUri}"
            + "&scope=notes:read+notes:write+offline_access"
            + $"&code_challenge={RegisteredClients.Challenge}&code_challenge_method=S256";
        using var browser = new HeadlessBrowser();
        var landed = await new BrowserSignIn(browser, DemoUser.Bob)
            .AllowAsync(new(asked), new(RegisteredClients.RedirectUri), untick: [], CancellationToken.None);
        return landed.Query["code"];
    }
}

/// <summary>node-oidc-provider in its own process.</summary>
internal sealed class ComparedNodeOidcProvider(NodeProgram program, int port, RegisteredClients clients)
    : ComparedServer(clients), IAsyncDisposable
{
    /// <summary>Rows are tested in parallel, but the program runs one command at a time.</summary>
    private readonly SemaphoreSlim turn = new(1);

    protected override string AuthorizationEndpoint => $"http://127.0.0.1:{port}/auth";

    protected override string TokenEndpoint => $"http://127.0.0.1:{port}/token";

    public ValueTask DisposeAsync()
    {
        turn.Dispose();
        return program.DisposeAsync();
    }

    protected override async Task<string> CodeAsync(string clientId)
    {
        await turn.WaitAsync();
        try
        {
            var step = await program.SucceedAsync(
                "code", new { clientId, redirectUri = RegisteredClients.RedirectUri, codeChallenge = RegisteredClients.Challenge });
            return step["code"].GetString()!;
        }
        finally
        {
            turn.Release();
        }
    }
}
