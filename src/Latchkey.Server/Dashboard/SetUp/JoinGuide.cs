using Latchkey.Server.Management.Setup;

namespace Latchkey.Server.Dashboard.SetUp;

/// <summary>How a login page joins, with its ids filled in. The secret is never part of it.</summary>
internal static class JoinGuide
{
    public static IReadOnlyList<GuideTab> Of(IntegrationBody values) =>
    [
        new("net", ".NET", "With Latchkey.Sdk.", DotNet(values)),
        new("node", "Node", "Without packages.", Node(values)),
        new("python", "Python", "Without packages.", Python(values)),
        new("other", "Go, Java and others", "Plain HTTP, in any language.", Other(values)),
        new("agent", "Ask my coding agent", "A task with all values, for the program that writes your code.", Agent(values)),
    ];

    /// <summary>The variables that the sample login pages read.</summary>
    /// <param name="secret">Null when it is not shown any more.</param>
    public static string Variables(IntegrationBody values, string clientId, string? secret) =>
        $"""
        LATCHKEY_URL={values.BaseUrl}
        LATCHKEY_CLIENT_ID={clientId}
        LATCHKEY_CLIENT_SECRET={secret ?? "…"}
        LATCHKEY_CONNECTION_ID={values.ConnectionId}
        """;

    private static string DotNet(IntegrationBody values) =>
        $$"""
        builder.Services.AddLatchkey(options =>
        {
            options.BaseUrl = new("{{values.BaseUrl}}");
            options.ClientId = builder.Configuration["LATCHKEY_CLIENT_ID"]!;
            options.ClientSecret = builder.Configuration["LATCHKEY_CLIENT_SECRET"]!;
            options.ConnectionId = "{{values.ConnectionId}}";
        });

        // 1 when people arrive: login_request_id is in the query
        var asked = await latchkey.GetLoginRequestAsync(HttpContext.GetLatchkeyVisit()!.LoginRequestId);
        // show asked.Client (null in a test login) and a button

        // 2 when they have signed in, and pressed the button
        await latchkey.CompleteLoginAsync(HttpContext, new LatchkeyUser { Sub = user.Id, Email = user.Email, Name = user.Name });
        """;

    private static string Node(IntegrationBody values) =>
        $$"""
        const url = '{{values.BaseUrl}}';
        const requests = `${url}/api/v1/connections/{{values.ConnectionId}}/auth-requests`;
        const { access_token } = await (await fetch(`${url}/oauth/token`, { method: 'POST', body: new URLSearchParams({
          grant_type: 'client_credentials', client_id: process.env.LATCHKEY_CLIENT_ID, client_secret: process.env.LATCHKEY_CLIENT_SECRET,
        }) })).json(); // valid for an hour: keep it
        const headers = { authorization: `Bearer ${access_token}`, 'content-type': 'application/json' };

        // 1 when people arrive: login_request_id is in the query
        const asked = await (await fetch(`${requests}/${loginRequestId}`, { headers })).json();
        // show asked.client (absent in a test login) and a button

        // 2 when they have signed in, and pressed the button
        const body = JSON.stringify({ sub: user.id, email: user.email, name: user.name });
        const { redirect_uri } = await (await fetch(`${requests}/${loginRequestId}/user`, { method: 'POST', headers, body })).json();
        response.redirect(redirect_uri);
        """;

    private static string Python(IntegrationBody values) =>
        $$"""
        URL = "{{values.BaseUrl}}"
        REQUESTS = URL + "/api/v1/connections/{{values.ConnectionId}}/auth-requests/"
        form = {"grant_type": "client_credentials", "client_id": os.environ["LATCHKEY_CLIENT_ID"],
                "client_secret": os.environ["LATCHKEY_CLIENT_SECRET"]}
        token = json.load(urlopen(Request(URL + "/oauth/token", urlencode(form).encode())))["access_token"]  # valid for an hour: keep it
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

        # 1 when people arrive: login_request_id is in the query
        asked = json.load(urlopen(Request(REQUESTS + login_request_id, headers=headers)))
        # show asked.get("client") (absent in a test login) and a button

        # 2 when they have signed in, and pressed the button
        person = json.dumps({"sub": user.id, "email": user.email, "name": user.name}).encode()
        answer = json.load(urlopen(Request(REQUESTS + login_request_id + "/user", person, headers)))
        redirect(answer["redirect_uri"])
        """;

    private static string Other(IntegrationBody values) =>
        $$"""
        POST {{values.BaseUrl}}/oauth/token
             grant_type=client_credentials&client_id=…&client_secret=…
             → access_token, valid for an hour: keep it

        1 when people arrive: login_request_id is in the query
        GET  {{values.BaseUrl}}/api/v1/connections/{{values.ConnectionId}}/auth-requests/LOGIN_REQUEST_ID
             → client (absent in a test login): show it, and a button

        2 when they have signed in, and pressed the button
        POST {{values.BaseUrl}}/api/v1/connections/{{values.ConnectionId}}/auth-requests/LOGIN_REQUEST_ID/user
             {"sub":"…","email":"…","name":"…"}
             → redirect_uri: redirect the browser there
        """;

    private static string Agent(IntegrationBody values) =>
        $$"""
        Let our login page sign people in for MCP clients, with Latchkey at {{values.BaseUrl}}.
        The credential is in LATCHKEY_CLIENT_ID and LATCHKEY_CLIENT_SECRET. Never send it to a browser.
        - Latchkey sends the browser to {{values.LoginUrl}} with login_request_id and state in the query. Keep login_request_id
          over our own redirects (SSO, MFA). It comes from the browser: accept only ^lri_[0-9A-Za-z]+$ and put it in no other URL.
        - Get a token: POST {{values.BaseUrl}}/oauth/token (client_credentials). It is valid for an hour: cache it.
        - When the person arrives: GET {{values.BaseUrl}}/api/v1/connections/{{values.ConnectionId}}/auth-requests/{login_request_id}.
          Show the name and host of client, and a button. purpose "test" has no client: show that our operator tests the page.
        - After our own sign-in AND the press of that button, with our CSRF protection:
          POST …/auth-requests/{login_request_id}/user {"sub":"our stable user id","email":"…","name":"…"},
          then redirect the same browser window to redirect_uri of the answer, unchanged.
        - 404, 409, 410: say that this sign-in is over, and to connect again in the program.
        """;
}
