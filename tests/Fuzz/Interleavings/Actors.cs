using Latchkey.Server.Clients;
using Latchkey.Server.Consent;
using Latchkey.Server.Keys;
using Latchkey.Server.Login;
using Latchkey.Server.LoginRequests;
using Latchkey.Server.Network;
using Latchkey.Server.OAuth;
using Latchkey.Server.Revocation;
using Latchkey.Server.Token;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Fuzz.Interleavings;

/// <summary>
/// The actors of one authorization: backends that report two users or reject the login, the browser that began and another one, a user who
/// decides more than once, two clients and a thief, the company that revokes a user, and the clock. The result of one actor starts further
/// actors while the earlier ones are still running.
/// </summary>
internal sealed class Actors(ServerUnderTest server, Schedule schedule, int number)
{
    private const int MaxVisits = 3;
    private static readonly TimeSpan[] Leaps = [.. new[] { 1, 2, 5, 11, 31, 61, 121, 301, 601 }.Select(s => TimeSpan.FromSeconds(s))];

    private readonly LoginSecrets secrets = server.Part<LoginSecrets>();

    public string Ada => $"ada{number}";

    public string Bob => $"bob{number}";

    public Client Client { get; private set; } = null!;

    /// <summary>The issuer at which the client requests tokens.</summary>
    public Issuer Entry { get; private set; } = null!;

    public LoginRequestDetails First { get; private set; } = null!;

    /// <summary>Selects the kind of the authorization and begins it.</summary>
    public async Task BeginAsync(SeededRandom random)
    {
        Client = random.OneIn(5) ? server.Confidential : server.Public;
        var connection = random.OneIn(3) ? server.StateOnly : server.Required;
        var resource = connection == server.Required ? server.Resource : server.ResourceByState;
        Entry = Issuer.Of(ServerUnderTest.BaseUrl, resource.Id);
        var request = new AuthorizationRequest
        {
            RedirectUri = "http://127.0.0.1/callback",
            Scope = "notes:read notes:write offline_access",
            CodeChallenge = ServerUnderTest.Challenge,
            ResponseMode = ResponseMode.Query,
            Issuer = Entry.Value,
            State = "state",
        };
        var now = ScheduleClock.Begin;
        First = new LoginRequestDetails
        {
            Id = LoginRequestId.New(),
            AuthorizationId = AuthorizationId.New(),
            ConnectionId = connection.Id,
            Purpose = new LoginPurpose.Authorization(Client.Id, resource.Id, request),
            DeriveKey = server.Part<KeyRing>().CurrentDerivationKey.Id,
            Verification = connection.Verification,
            CreatedAt = now,
            LoginBy = now + TimeSpan.FromMinutes(10),
        };
        await server.Part<LoginRequestStore>().BeginAsync(new LoginRequest.AwaitingLogin(First), pushed: null, CancellationToken.None);
    }

    /// <summary>Adds the actors that start at the beginning.</summary>
    public void Enter(SeededRandom random)
    {
        EnterVisit(First, random);
        Maybe(random, 12, "revokes Ada", d => RevokeUserAsync(Ada, d));
        for (var leaps = random.Below(3); leaps > 0; leaps--)
        {
            EnterClock(random);
        }
    }

    private void EnterVisit(LoginRequestDetails details, SeededRandom random)
    {
        if (!schedule.StepLog.Visit(details.Id.Value))
        {
            return;
        }

        Enter(random, "reports Ada", d => ReportAsync(details, Ada, d));
        Maybe(random, 4, "reports Ada again", d => ReportAsync(details, Ada, d));
        Maybe(random, 4, "reports Bob", d => ReportAsync(details, Bob, d));
        Maybe(random, 12, "rejects the login", d => RejectAsync(details, d));
        Maybe(random, 12, "returns too early", d => ComeBackAsync(details, hasCookie: true, secrets.ProvenId(details), d));
        Maybe(random, 16, "returns in another browser", d => ComeBackAsync(details, hasCookie: false, secrets.ProvenId(details), d));
        Maybe(random, 10, "guesses the code", d => RedeemAsync(details, Client, secrets.Code(details).Value, ServerUnderTest.Verifier, d));
    }

    private async Task ReportAsync(LoginRequestDetails details, string subject, SeededRandom random)
    {
        var user = new UserSnapshot { Subject = subject, Email = $"{subject}@acme.example" };
        var body = new ReportBody.Person(new LoginReport(user, new LoginFacts()), []);
        if (await server.Part<ReportUser>()
            .ReportAsync(
                new DefaultHttpContext(), server.Backend.Client, details.ConnectionId.Value, details.Id.Value, body, CancellationToken.None)
            is not ReportOutcome.Taken taken)
        {
            return;
        }

        schedule.StepLog.Reported(details.Id.Value, subject);
        Enter(random, "returns", d => ComeBackAsync(details, hasCookie: true, taken.AuthRequestId, d));
        Maybe(random, 3, "returns again", d => ComeBackAsync(details, hasCookie: true, taken.AuthRequestId, d));
        Maybe(random, 16, "returns without the proof", d => ComeBackAsync(details, hasCookie: true, proof: null, d));
        Maybe(random, 16, "returns in another browser", d => ComeBackAsync(details, hasCookie: false, taken.AuthRequestId, d));
    }

    private async Task RejectAsync(LoginRequestDetails details, SeededRandom random)
    {
        var report = server.Part<ReportUser>();
        var (request, _) = await report.FindAsync(
            server.Backend.Client, details.ConnectionId.Value, details.Id.Value, CancellationToken.None);
        if (request is not null
            && await report.RejectAsync(server.Backend.Client, request, OAuthError.AccessDenied("Not today."), CancellationToken.None)
                is ReportOutcome.Taken)
        {
            Enter(random, "returns after the rejection", d => ComeBackAsync(details, hasCookie: true, proof: null, d));
        }
    }

    private async Task ComeBackAsync(LoginRequestDetails details, bool hasCookie, string? proof, SeededRandom random)
    {
        var http = await BrowserAsync(details, hasCookie);
        http.Request.QueryString = QueryString.Create([
            KeyValuePair.Create<string, string?>("state", secrets.State(details)),
            .. proof is null ? [] : new[] { KeyValuePair.Create<string, string?>("auth_request_id", proof) }]);
        var location = await FollowAsync(
            details, http, await server.Part<PartnerCallbackFlow>().ReturnAsync(http, details.ConnectionId.Value, CancellationToken.None),
            random);
        if (location?.StartsWith("/consent/", StringComparison.Ordinal) == true)
        {
            Enter(random, "decides", d => DecideAsync(details, d));
            Maybe(random, 2, "decides again", d => DecideAsync(details, d));
        }
    }

    private async Task DecideAsync(LoginRequestDetails details, SeededRandom random)
    {
        var decision = random.Pick(new[] { "allow", "allow", "allow", "allow", "allow", "allow", "deny", "not_you" });
        var http = await BrowserAsync(details, hasCookie: true);
        SetForm(
            http, ("form_token", FormTokenOf(details)), ("decision", decision), ("scope", "notes:read"), ("scope", "notes:write"));
        var location = await FollowAsync(
            details, http, await server.Part<ConsentFlow>().DecideAsync(http, details.Id.Value, CancellationToken.None), random);
        if (decision == "not_you" && location?.Contains("login_request_id=", StringComparison.Ordinal) == true
            && schedule.StepLog.Visits.Count < MaxVisits)
        {
            var id = LoginRequestId.Parse(location.Split("login_request_id=")[1].Split('&')[0])!.Value;
            if (await server.Part<LoginRequestStore>().FindAsync(id, CancellationToken.None) is { Details: var successor })
            {
                EnterVisit(successor, random);
            }
        }
    }

    /// <summary>Returns the redirect of the browser. A code in it starts its redemption by the client and by thieves.</summary>
    private async Task<string?> FollowAsync(LoginRequestDetails details, DefaultHttpContext http, IResult result, SeededRandom random)
    {
        if (result is not Redirection redirection)
        {
            return null;
        }

        await redirection.ExecuteAsync(http);
        var location = http.Response.Headers.Location.ToString();
        if (location.Split("code=") is [_, var rest])
        {
            var code = rest.Split('&')[0];
            schedule.StepLog.Code(code);
            Enter(random, "redeems the code", d => RedeemAsync(details, Client, code, ServerUnderTest.Verifier, d));
            Maybe(random, 2, "redeems the code too", d => RedeemAsync(details, Client, code, ServerUnderTest.Verifier, d));
            Maybe(random, 4, "redeems the code of another client", d =>
                RedeemAsync(details, server.OtherPublic, code, ServerUnderTest.Verifier, d));
            Maybe(random, 4, "redeems the code without its verifier", d => RedeemAsync(details, Client, code, new string('x', 43), d));
            Maybe(random, 6, "returns to the callback late in another browser", d =>
                ComeBackAsync(details, hasCookie: false, proof: null, d));
            Maybe(random, 8, "revokes Ada", d => RevokeUserAsync(Ada, d));
            Maybe(random, 3, "time", LeapAsync);
        }

        return location;
    }

    private async Task RedeemAsync(LoginRequestDetails details, Client who, string code, string verifier, SeededRandom random)
    {
        var begun = schedule.Round;
        var form = Form(("grant_type", "authorization_code"), ("code", code), ("code_verifier", verifier));
        if (await server.Part<AuthorizationCodeGrant>().RedeemAsync(Token(who, form), CancellationToken.None)
            is not TokenOutcome.Issued { Response: var tokens })
        {
            return;
        }

        if (who != Client || verifier != ServerUnderTest.Verifier)
        {
            throw new InvalidOperationException("a thief got tokens");
        }

        schedule.StepLog.Tokens(new(begun, code, tokens));
        for (var refreshes = 1 + random.Below(3); refreshes > 0; refreshes--)
        {
            Enter(random, "refreshes", d => RefreshAsync(tokens.RefreshToken!, d));
        }

        Maybe(random, 4, "redeems the code again", d => RedeemAsync(details, who, code, verifier, d));
        Maybe(random, 5, "revokes the refresh token", d => RevokeAsync(tokens.RefreshToken!, d));
        Maybe(random, 8, "revokes the access token", d => RevokeAsync(tokens.AccessToken, d));
        Maybe(random, 6, "revokes Ada", d => RevokeUserAsync(Ada, d));
        Maybe(random, 6, "returns to the callback late in another browser", d => ComeBackAsync(details, hasCookie: false, proof: null, d));
        EnterClock(random);
    }

    /// <summary>The network and the program that hold the refresh token.</summary>
    public static readonly Presenter Owner = new("192.0.2.0/24", "torture");

    /// <summary>A thief with a copy.</summary>
    public static readonly Presenter Thief = new("198.51.100.0/24", "thief");

    private async Task RefreshAsync(string token, SeededRandom random)
    {
        var begun = schedule.Round;
        var form = Form(("grant_type", "refresh_token"), ("refresh_token", token));
        if (await server.Part<RefreshTokenGrant>()
            .RefreshAsync(Token(Client, form), Owner, CancellationToken.None)
            is not TokenOutcome.Issued { Response: var tokens })
        {
            return;
        }

        schedule.StepLog.Tokens(new(begun, Code: null, tokens));
        Maybe(random, 2, "refreshes further", d => RefreshAsync(tokens.RefreshToken!, d));
        Maybe(random, 5, "refreshes with the old token", d => RefreshAsync(token, d));
        Maybe(random, 12, "revokes the refresh token", d => RevokeAsync(tokens.RefreshToken!, d));
        Maybe(random, 4, "time", LeapAsync);
        if (Client.Class == ClientClass.Public)
        {
            Maybe(random, 4, "presents a copy of the old token", d => PresentCopyAsync(token));
        }
    }

    /// <summary>The old token was rotated before, so its copy gets nothing in another network and program.</summary>
    private async Task PresentCopyAsync(string token)
    {
        var form = Form(("grant_type", "refresh_token"), ("refresh_token", token));
        if (await server.Part<RefreshTokenGrant>().RefreshAsync(Token(Client, form), Thief, CancellationToken.None) is TokenOutcome.Issued)
        {
            throw new InvalidOperationException("a thief got tokens for a copy of a refresh token");
        }
    }

    private Task RevokeAsync(string token, SeededRandom random) =>
        server.Part<RevokeFlow>().RevokeAsync(Revocation(token), CancellationToken.None);

    /// <summary>A request to the token endpoint.</summary>
    public TokenRequest Token(Client by, RequestParameters form) => new(by, form, Entry, new DefaultHttpContext());

    /// <summary>The client's revocation request.</summary>
    public DefaultHttpContext Revocation(string token)
    {
        var http = new DefaultHttpContext();
        (string, string)[] secret = Client.Class == ClientClass.Public ? [] : [("client_secret", ServerUnderTest.ClientSecretText)];
        SetForm(http, [("token", token), ("client_id", Client.Id.Value), .. secret]);
        return http;
    }

    private Task RevokeUserAsync(string subject, SeededRandom random) =>
        server.Part<LoginStore>().RevokeUserAsync(First.ConnectionId, subject, server.Backend.Actor, schedule.Now, CancellationToken.None);

    private Task LeapAsync(SeededRandom random)
    {
        var leap = random.Pick(Leaps);
        return Schedule.StepAsync($"{leap} pass", () =>
        {
            schedule.Advance(leap);
            return Task.FromResult(true);
        });
    }

    private void EnterClock(SeededRandom random) => Enter(random, "time", LeapAsync);

    private void Enter(SeededRandom random, string name, Func<SeededRandom, Task> actor)
    {
        var own = new SeededRandom(random.Next());
        schedule.Enter(name, () => actor(own));
    }

    private void Maybe(SeededRandom random, int chances, string name, Func<SeededRandom, Task> actor)
    {
        if (random.OneIn(chances))
        {
            Enter(random, name, actor);
        }
    }

    /// <summary>The form token of the consent page, which no actor changes while it is open.</summary>
    private string FormTokenOf(LoginRequestDetails details)
    {
        var resource = details.ResourceId == server.Resource.Id ? server.Resource : server.ResourceByState;
        var report = new LoginReport(new UserSnapshot { Subject = Ada, Email = $"{Ada}@acme.example" }, new LoginFacts());
        var asked = new LoginRequest.AwaitingConsent(details, report, ScheduleClock.Begin, ScheduleClock.Begin, ScheduleClock.Begin);
        return secrets.FormToken(
            details, new ConsentOffer(asked, Client, resource, Former: null, server.Part<ClientTrust>()).Facts());
    }

    /// <summary>The cookie has the value of the login request's present stage: the return from the login page renews it.</summary>
    private async Task<DefaultHttpContext> BrowserAsync(LoginRequestDetails details, bool hasCookie)
    {
        var http = new DefaultHttpContext();
        if (hasCookie && await server.Part<LoginRequestStore>().FindAsync(details.Id, CancellationToken.None) is { } request)
        {
            http.Request.Headers.Cookie = $"lk-{details.Id.Random}={secrets.Binding(request)}";
        }

        return http;
    }

    public static RequestParameters Form(params (string Name, string Value)[] fields) =>
        new(fields.GroupBy(f => f.Name, StringComparer.Ordinal)
            .Select(g => KeyValuePair.Create(g.Key, new StringValues([.. g.Select(f => f.Value)]))));

    private static void SetForm(DefaultHttpContext http, params (string Name, string Value)[] fields)
    {
        http.Request.Method = HttpMethods.Post;
        http.Request.ContentType = "application/x-www-form-urlencoded";
        http.Request.Body = new MemoryStream(
            System.Text.Encoding.UTF8.GetBytes(string.Join('&', fields.Select(f => $"{f.Name}={Uri.EscapeDataString(f.Value)}"))));
    }
}
