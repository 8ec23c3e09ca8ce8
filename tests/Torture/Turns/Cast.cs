using Latchkey.Server.Authorize;
using Latchkey.Server.Clients;
using Latchkey.Server.Consent;
using Latchkey.Server.Keys;
using Latchkey.Server.Login;
using Latchkey.Server.OAuth;
using Latchkey.Server.Revoke;
using Latchkey.Server.Token;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Torture.Turns;

/// <summary>
/// Everybody who has to do with one auth request: backends that report two people or turn one away, the browser that began and another one, a person who answers
/// more than once, two clients and a thief, the company that locks somebody out, and the clock. What one of them brings about lets others come, while those
/// before them are still at it.
/// </summary>
internal sealed class Cast(World world, Schedule schedule, int number)
{
    private const int MaxVisits = 3;
    private static readonly TimeSpan[] Leaps = [.. new[] { 1, 2, 5, 11, 31, 61, 121, 301, 601 }.Select(s => TimeSpan.FromSeconds(s))];

    private readonly LoginSecrets secrets = world.Part<LoginSecrets>();

    public string Ada => $"ada{number}";

    public string Bob => $"bob{number}";

    public Client Client { get; private set; } = null!;

    /// <summary>Where the client asks for tokens.</summary>
    public Issuer Entry { get; private set; } = null!;

    public LoginVisit First { get; private set; } = null!;

    /// <summary>Draws what kind of auth request it is, and begins it.</summary>
    public async Task BeginAsync(Dice dice)
    {
        Client = dice.OneIn(5) ? world.Confidential : world.Public;
        var connection = dice.OneIn(3) ? world.StateOnly : world.Required;
        var resource = connection == world.Required ? world.Resource : world.ResourceByState;
        Entry = Issuer.Of(World.BaseUrl, resource.Id);
        var request = new AuthorizeRequest("http://127.0.0.1/callback", "notes:read notes:write offline_access", World.Challenge, ResponseMode.Query, Entry.Value, "state");
        var now = ScheduleClock.Begin;
        First = new LoginVisit(
            LoginRequestId.New(), AuthRequestId.New(), connection.Id, resource.Id, Client.Id, world.Part<KeyRing>().CurrentDerivationKey.Id, connection.Verification, request, now, now + TimeSpan.FromMinutes(10));
        await world.Part<AuthRequestStore>().BeginAsync(new AuthRequest.AwaitingLogin(First), pushed: null, CancellationToken.None);
    }

    /// <summary>Those who are there from the beginning.</summary>
    public void Enter(Dice dice)
    {
        EnterVisit(First, dice);
        Maybe(dice, 12, "locks Ada out", d => LockOutAsync(Ada, d));
        for (var leaps = dice.Below(3); leaps > 0; leaps--)
        {
            EnterClock(dice);
        }
    }

    private void EnterVisit(LoginVisit visit, Dice dice)
    {
        if (!schedule.Ledger.Visit(visit.Id.Value))
        {
            return;
        }

        Enter(dice, "reports Ada", d => ReportAsync(visit, Ada, d));
        Maybe(dice, 4, "reports Ada again", d => ReportAsync(visit, Ada, d));
        Maybe(dice, 4, "reports Bob", d => ReportAsync(visit, Bob, d));
        Maybe(dice, 12, "turns the person away", d => RejectAsync(visit, d));
        Maybe(dice, 12, "comes back too early", d => ComeBackAsync(visit, hasCookie: true, secrets.ProvenId(visit), d));
        Maybe(dice, 16, "comes back in another browser", d => ComeBackAsync(visit, hasCookie: false, secrets.ProvenId(visit), d));
        Maybe(dice, 10, "guesses the code", d => RedeemAsync(visit, Client, secrets.Code(visit).Value, World.Verifier, d));
    }

    private async Task ReportAsync(LoginVisit visit, string subject, Dice dice)
    {
        var body = new ReportBody.Person(new LoginReport(new UserSnapshot(subject, $"{subject}@acme.example"), new LoginFacts()), []);
        if (await world.Part<ReportUser>().ReportAsync(world.Backend.Client, visit.ConnectionId.Value, visit.Id.Value, body, CancellationToken.None) is not ReportOutcome.Taken taken)
        {
            return;
        }

        schedule.Ledger.Reported(visit.Id.Value, subject);
        Enter(dice, "comes back", d => ComeBackAsync(visit, hasCookie: true, taken.AuthRequestId, d));
        Maybe(dice, 3, "comes back again", d => ComeBackAsync(visit, hasCookie: true, taken.AuthRequestId, d));
        Maybe(dice, 16, "comes back without the proof", d => ComeBackAsync(visit, hasCookie: true, proof: null, d));
        Maybe(dice, 16, "comes back in another browser", d => ComeBackAsync(visit, hasCookie: false, taken.AuthRequestId, d));
    }

    private async Task RejectAsync(LoginVisit visit, Dice dice)
    {
        if (await world.Part<ReportUser>().RejectAsync(world.Backend.Client, visit.ConnectionId.Value, visit.Id.Value, OAuthError.AccessDenied("Not today."), CancellationToken.None) is ReportOutcome.Taken)
        {
            Enter(dice, "comes back after that", d => ComeBackAsync(visit, hasCookie: true, proof: null, d));
        }
    }

    private async Task ComeBackAsync(LoginVisit visit, bool hasCookie, string? proof, Dice dice)
    {
        var http = Browser(visit, hasCookie);
        http.Request.QueryString = QueryString.Create([KeyValuePair.Create<string, string?>("state", secrets.State(visit)), .. proof is null ? [] : new[] { KeyValuePair.Create<string, string?>("auth_request_id", proof) }]);
        var location = await FollowAsync(visit, http, await world.Part<PartnerCallbackFlow>().ReturnAsync(http, visit.ConnectionId.Value, CancellationToken.None), dice);
        if (location?.StartsWith("/consent/", StringComparison.Ordinal) == true)
        {
            Enter(dice, "answers", d => DecideAsync(visit, d));
            Maybe(dice, 2, "answers again", d => DecideAsync(visit, d));
        }
    }

    private async Task DecideAsync(LoginVisit visit, Dice dice)
    {
        var decision = dice.Of(new[] { "allow", "allow", "allow", "allow", "allow", "allow", "deny", "not_you" });
        var http = Browser(visit, hasCookie: true);
        SetForm(http, ("form_token", secrets.FormToken(visit)), ("decision", decision), ("scope", "notes:read"), ("scope", "notes:write"));
        var location = await FollowAsync(visit, http, await world.Part<ConsentFlow>().DecideAsync(http, visit.Id.Value, CancellationToken.None), dice);
        if (decision == "not_you" && location?.Contains("login_request_id=", StringComparison.Ordinal) == true && schedule.Ledger.Visits.Count < MaxVisits)
        {
            var id = LoginRequestId.Parse(location.Split("login_request_id=")[1].Split('&')[0])!.Value;
            if (await world.Part<AuthRequestStore>().FindAsync(id, CancellationToken.None) is { Visit: var successor })
            {
                EnterVisit(successor, dice);
            }
        }
    }

    /// <summary>Where the browser is sent; a code on the way goes to the client, and to whoever else got hold of it.</summary>
    private async Task<string?> FollowAsync(LoginVisit visit, DefaultHttpContext http, IResult result, Dice dice)
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
            schedule.Ledger.Code(code);
            Enter(dice, "redeems the code", d => RedeemAsync(visit, Client, code, World.Verifier, d));
            Maybe(dice, 2, "redeems the code too", d => RedeemAsync(visit, Client, code, World.Verifier, d));
            Maybe(dice, 4, "redeems the code of another client", d => RedeemAsync(visit, world.OtherPublic, code, World.Verifier, d));
            Maybe(dice, 4, "redeems the code without its verifier", d => RedeemAsync(visit, Client, code, new string('x', 43), d));
            Maybe(dice, 6, "comes back to the callback late in another browser", d => ComeBackAsync(visit, hasCookie: false, proof: null, d));
            Maybe(dice, 8, "locks Ada out", d => LockOutAsync(Ada, d));
            Maybe(dice, 3, "time", LeapAsync);
        }

        return location;
    }

    private async Task RedeemAsync(LoginVisit visit, Client who, string code, string verifier, Dice dice)
    {
        var begun = schedule.Round;
        var form = Form(("grant_type", "authorization_code"), ("code", code), ("code_verifier", verifier));
        if (await world.Part<AuthorizationCodeGrant>().RedeemAsync(who, form, Entry, CancellationToken.None) is not TokenOutcome.Issued { Response: var tokens })
        {
            return;
        }

        if (who != Client || verifier != World.Verifier)
        {
            throw new InvalidOperationException("a thief was given tokens");
        }

        schedule.Ledger.Tokens(new(begun, code, tokens));
        for (var refreshes = 1 + dice.Below(3); refreshes > 0; refreshes--)
        {
            Enter(dice, "refreshes", d => RefreshAsync(tokens.RefreshToken!, d));
        }

        Maybe(dice, 4, "redeems the code again", d => RedeemAsync(visit, who, code, verifier, d));
        Maybe(dice, 5, "gives the refresh token back", d => RevokeAsync(tokens.RefreshToken!, d));
        Maybe(dice, 8, "gives the access token back", d => RevokeAsync(tokens.AccessToken, d));
        Maybe(dice, 6, "locks Ada out", d => LockOutAsync(Ada, d));
        Maybe(dice, 6, "comes back to the callback late in another browser", d => ComeBackAsync(visit, hasCookie: false, proof: null, d));
        EnterClock(dice);
    }

    private async Task RefreshAsync(string token, Dice dice)
    {
        var begun = schedule.Round;
        var form = Form(("grant_type", "refresh_token"), ("refresh_token", token));
        if (await world.Part<RefreshTokenGrant>().RefreshAsync(Client, form, Entry, new Presenter("192.0.2.1", "torture"), CancellationToken.None) is not TokenOutcome.Issued { Response: var tokens })
        {
            return;
        }

        schedule.Ledger.Tokens(new(begun, Code: null, tokens));
        Maybe(dice, 2, "refreshes further", d => RefreshAsync(tokens.RefreshToken!, d));
        Maybe(dice, 5, "refreshes with the old token", d => RefreshAsync(token, d));
        Maybe(dice, 12, "gives the refresh token back", d => RevokeAsync(tokens.RefreshToken!, d));
        Maybe(dice, 4, "time", LeapAsync);
    }

    private Task RevokeAsync(string token, Dice dice) => world.Part<RevokeFlow>().RevokeAsync(Revocation(token), CancellationToken.None);

    /// <summary>The request by which the client gives a token back.</summary>
    public DefaultHttpContext Revocation(string token)
    {
        var http = new DefaultHttpContext();
        (string, string)[] secret = Client.Class == ClientClass.Public ? [] : [("client_secret", World.ClientSecretText)];
        SetForm(http, [("token", token), ("client_id", Client.Id.Value), .. secret]);
        return http;
    }

    private Task LockOutAsync(string subject, Dice dice) => world.Part<LoginStore>().RevokeUserAsync(First.ConnectionId, subject, world.Backend.Actor, schedule.Now, CancellationToken.None);

    private Task LeapAsync(Dice dice)
    {
        var leap = dice.Of(Leaps);
        return Schedule.StepAsync($"{leap} pass", () =>
        {
            schedule.Advance(leap);
            return Task.FromResult(true);
        });
    }

    private void EnterClock(Dice dice) => Enter(dice, "time", LeapAsync);

    private void Enter(Dice dice, string name, Func<Dice, Task> actor)
    {
        var own = new Dice(dice.Next());
        schedule.Enter(name, () => actor(own));
    }

    private void Maybe(Dice dice, int chances, string name, Func<Dice, Task> actor)
    {
        if (dice.OneIn(chances))
        {
            Enter(dice, name, actor);
        }
    }

    private DefaultHttpContext Browser(LoginVisit visit, bool hasCookie)
    {
        var http = new DefaultHttpContext();
        if (hasCookie)
        {
            http.Request.Headers.Cookie = $"lk-{visit.Id.Random}={secrets.Binding(visit)}";
        }

        return http;
    }

    public static RequestParameters Form(params (string Name, string Value)[] fields) =>
        new(fields.GroupBy(f => f.Name, StringComparer.Ordinal).Select(g => KeyValuePair.Create(g.Key, new StringValues([.. g.Select(f => f.Value)]))));

    private static void SetForm(DefaultHttpContext http, params (string Name, string Value)[] fields)
    {
        http.Request.Method = HttpMethods.Post;
        http.Request.ContentType = "application/x-www-form-urlencoded";
        http.Request.Body = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(string.Join('&', fields.Select(f => $"{f.Name}={Uri.EscapeDataString(f.Value)}"))));
    }
}
