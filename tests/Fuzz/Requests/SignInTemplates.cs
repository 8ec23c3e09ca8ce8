namespace Fuzz.Requests;

/// <summary>The requests of the company's backend and of the user's browser.</summary>
internal static class SignInTemplates
{
    private const string Callback = "GET /sso/v1/connections/{connection}/partner:callback";
    private const string Show = "GET /consent/{id}";
    private const string Decide = "POST /consent/{id}";
    private const string Of = "/api/v1/connections/{connection}/auth-requests/{id}";

    private static readonly object Person = new
    {
        sub = "ada",
        email = "ada@acme.example",
        email_verified = true,
        given_name = "Ada",
        family_name = "Lovelace",
        name = "Ada Lovelace",
        phone_number = "+44 20 7946 0000",
        phone_number_verified = false,
        preferred_username = "ada",
        picture = "https://acme.example/ada.png",
        gender = "female",
        locale = "en-GB",
        groups = new[] { "authors", "mathematicians" },
        roles = new[] { "author" },
        organization_external_id = "acme",
        organization_external_name = "Acme Ltd",
        custom_attributes = new { desk = 7, tags = new object[] { "a", 1, true, null!, new { b = 2.5 } } },
        acr = "mfa",
        amr = new[] { "pwd", "otp" },
        auth_time = 1_700_000_000,
        sid = "session-1",
    };

    public static IReadOnlyList<RequestTemplate> All { get; } =
    [
        new(
            "report", $"POST {Of}/user", ErrorFormat.Management,
            m => AsBackend(m, RequestDraft.OfJson("POST", $"{PathOf(m, 0)}/user", Person)), 200),
        new(
            "report that the login failed", $"POST {Of}/user", ErrorFormat.Management,
            m => AsBackend(m, RequestDraft.OfJson("POST", $"{PathOf(m, 1)}/user", new { login_failed = true })), 200),
        new("reject", $"POST {Of}:reject", ErrorFormat.Management, m => AsBackend(
            m,
            RequestDraft.OfJson("POST", $"{PathOf(m, 2)}:reject", new { error = "access_denied", error_description = "Not today." })), 200),
        new("context", $"GET {Of}", ErrorFormat.Management, m => AsBackend(m, new RequestDraft("GET", PathOf(m, 3))), 200),
        new("erase a user", "POST /api/v1/connections/{connection}/users:erase", ErrorFormat.Management, m => RequestDraft
            .OfJson("POST", $"/api/v1/connections/{m.StateOnly.ConnectionId}/users:erase", new { sub = "unknown" })
            .With("Authorization", $"Bearer {m.OperatorToken}"), 404),
        new("revoke a user", "POST /api/v1/connections/{connection}/users:revoke", ErrorFormat.Management, m => RequestDraft
            .OfJson("POST", $"/api/v1/connections/{m.StateOnly.ConnectionId}/users:revoke", new { sub = "ada" })
            .With("Authorization", $"Bearer {m.OperatorToken}"), 200),
        new(
            "update a user", "POST /api/v1/connections/{connection}/users:update", ErrorFormat.Management,
            m => AsBackend(
                m,
                RequestDraft.OfJson(
                    "POST",
                    $"/api/v1/connections/{m.Company.ConnectionId}/users:update",
                    new { sub = "ada", email = "ada@acme.example", name = "Ada L." })),
            200),

        new("callback", Callback, ErrorFormat.Page, m => InBrowser(m.ToReturn[0], Target(m.ToReturn[0].Report!.CallbackPath)), 303),
        new(
            "callback in another browser", Callback, ErrorFormat.Page,
            m => InBrowser(m.ToReturn[0], Target(m.ToReturn[1].Report!.CallbackPath)), 403),
        new(
            "callback with state alone", Callback, ErrorFormat.Page,
            m => InBrowser(m.ToReturnByState, Target(m.ToReturnByState.Report!.CallbackPath.Split('&')[0])), 303),
        new("consent page", Show, ErrorFormat.Page, m => InBrowser(m.ToConsent[0], new("GET", m.ToConsent[0].Form!.Path)), 200),
        new(
            "consent page with hostile texts", Show, ErrorFormat.Page,
            m => InBrowser(m.ToConsentToHostileInput, new("GET", m.ToConsentToHostileInput.Form!.Path)), 200),
        new(
            "allow", Decide, ErrorFormat.Page,
            m => Response(m, 1, ("decision", "allow"), ("scope", "notes:read"), ("scope", "notes:write")), 303),
        new("deny", Decide, ErrorFormat.Page, m => Response(m, 2, ("decision", "deny")), 303),
        new("not you", Decide, ErrorFormat.Page, m => Response(m, 3, ("decision", "not_you")), 303),
    ];

    private static string PathOf(TestData testData, int details) =>
        $"/api/v1/connections/{testData.Company.ConnectionId}/auth-requests/{testData.ToLogIn[details].LoginRequestId}";

    private static RequestDraft AsBackend(TestData testData, RequestDraft draft) =>
        draft.With("Authorization", $"Bearer {testData.BackendToken}");

    private static RequestDraft InBrowser(PreparedLogin login, RequestDraft draft) => draft.With("Cookie", login.Cookie);

    private static RequestDraft Response(TestData testData, int details, params (string Name, string? Value)[] fields) => InBrowser(
        testData.ToConsent[details],
        RequestDraft.OfForm(testData.ToConsent[details].Form!.Path, [("form_token", testData.ToConsent[details].Form!.Token), .. fields]))
            .With("Origin", testData.Host.BaseUrl);

    private static RequestDraft Target(string target)
    {
        var (path, query) = target.Split('?', 2) is [var p, var q] ? (p, q) : (target, "");
        var draft = new RequestDraft("GET", path);
        draft.Query.AddRange(query.Split('&').Select(pair => pair.Split('=', 2)).Select(pair => new Field(pair[0], pair[1], IsRaw: true)));
        return draft;
    }
}
