namespace Torture.Requests;

/// <summary>What the company's backend and the person's browser send.</summary>
internal static class LoginKinds
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

    public static IReadOnlyList<Kind> All { get; } =
    [
        new("report", $"POST {Of}/user", Family.Management, m => AsBackend(m, Draft.OfJson("POST", $"{PathOf(m, 0)}/user", Person)), 200),
        new("report that the login failed", $"POST {Of}/user", Family.Management, m => AsBackend(m, Draft.OfJson("POST", $"{PathOf(m, 1)}/user", new { login_failed = true })), 200),
        new("reject", $"POST {Of}:reject", Family.Management, m => AsBackend(m, Draft.OfJson("POST", $"{PathOf(m, 2)}:reject", new { error = "access_denied", error_description = "Not today." })), 200),
        new("context", $"GET {Of}", Family.Management, m => AsBackend(m, new Draft("GET", PathOf(m, 3))), 200),
        new("revoke a user", "POST /api/v1/connections/{connection}/users:revoke", Family.Management, m => Draft.OfJson("POST", $"/api/v1/connections/{m.StateOnly.ConnectionId}/users:revoke", new { sub = "ada" }).With("Authorization", $"Bearer {m.OperatorToken}"), 200),
        new("update a user", "POST /api/v1/connections/{connection}/users:update", Family.Management, m => AsBackend(m, Draft.OfJson("POST", $"/api/v1/connections/{m.Company.ConnectionId}/users:update", new { sub = "ada", email = "ada@acme.example", name = "Ada L." })), 200),

        new("come back", Callback, Family.Page, m => InBrowser(m.ToReturn[0], Target(m.ToReturn[0].Report!.CallbackPath)), 303),
        new("come back in another browser", Callback, Family.Page, m => InBrowser(m.ToReturn[0], Target(m.ToReturn[1].Report!.CallbackPath)), 403),
        new("come back by state alone", Callback, Family.Page, m => InBrowser(m.ToReturnByState, Target(m.ToReturnByState.Report!.CallbackPath.Split('&')[0])), 303),
        new("see the question", Show, Family.Page, m => InBrowser(m.ToConsent[0], new("GET", m.ToConsent[0].Form!.Path)), 200),
        new("see the question among strangers", Show, Family.Page, m => InBrowser(m.ToConsentAmongStrangers, new("GET", m.ToConsentAmongStrangers.Form!.Path)), 200),
        new("allow", Decide, Family.Page, m => Answer(m, 1, ("decision", "allow"), ("scope", "notes:read"), ("scope", "notes:write")), 303),
        new("deny", Decide, Family.Page, m => Answer(m, 2, ("decision", "deny")), 303),
        new("not you", Decide, Family.Page, m => Answer(m, 3, ("decision", "not_you")), 303),
    ];

    private static string PathOf(Material material, int visit) => $"/api/v1/connections/{material.Company.ConnectionId}/auth-requests/{material.ToLogIn[visit].LoginRequestId}";

    private static Draft AsBackend(Material material, Draft draft) => draft.With("Authorization", $"Bearer {material.BackendToken}");

    private static Draft InBrowser(Visited visited, Draft draft) => draft.With("Cookie", visited.Cookie);

    private static Draft Answer(Material material, int visit, params (string Name, string? Value)[] fields) => InBrowser(
        material.ToConsent[visit], Draft.OfForm(material.ToConsent[visit].Form!.Path, [("form_token", material.ToConsent[visit].Form!.Token), .. fields])).With("Origin", material.Host.BaseUrl);

    private static Draft Target(string target)
    {
        var (path, query) = target.Split('?', 2) is [var p, var q] ? (p, q) : (target, "");
        var draft = new Draft("GET", path);
        draft.Query.AddRange(query.Split('&').Select(pair => pair.Split('=', 2)).Select(pair => new Field(pair[0], pair[1], IsRaw: true)));
        return draft;
    }
}
