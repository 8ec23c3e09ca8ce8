using System.Data.Common;
using System.Globalization;
using Latchkey.Server.Clients;
using Latchkey.Server.Connections;
using Latchkey.Server.Consent;
using Latchkey.Server.Grants;
using Latchkey.Server.Login;
using Latchkey.Server.LoginRequests;
using Latchkey.Server.OAuth;
using Latchkey.Server.Resources;
using Latchkey.Server.Storage;
using Storage.Tests.Stores;

namespace Storage.Tests.Steps;

/// <summary>
/// One login of one user at its own connection, moved from stage to stage by the stores. Each store step is called as the flow calls it, at
/// a given time and by a numbered caller. Every value that a caller writes contains its number,
/// so that the row shows which caller wrote it.
/// </summary>
internal sealed class LoginScenario(IDatabase database)
{
    public static readonly DateTimeOffset Begun = new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);
    public static readonly DateTimeOffset Reported = Begun.AddMinutes(1);
    public static readonly DateTimeOffset Returned = Begun.AddMinutes(2);
    public static readonly DateTimeOffset Decided = Begun.AddMinutes(3);
    public static readonly DateTimeOffset Redeemed = Begun.AddMinutes(3.5);

    private readonly LoginRequestStore authRequests = new(database);
    private readonly LoginStore logins = new(database, AuditedStores.Of(database));
    private readonly ConsentStore consents = new(database);
    private readonly GrantStore grants = new(database);

    public LoginRequestDetails Details { get; init; } = NewDetails(ConnectionId.New());

    public string Subject { get; init; } = "ada";

    public GrantId GrantId { get; } = GrantId.New();

    public LoginRequestStore AuthRequests => authRequests;

    public LoginStore Logins => logins;

    public ConsentStore Consents => consents;

    public GrantStore Grants => grants;

    /// <summary>The same login at another node.</summary>
    public LoginScenario At(IDatabase node) => new(node) { Details = Details, Subject = Subject };

    public static LoginRequestDetails NewDetails(ConnectionId connection) => new()
    {
        Id = LoginRequestId.New(),
        AuthorizationId = AuthorizationId.New(),
        ConnectionId = connection,
        Purpose = new LoginPurpose.Authorization(ClientId.New(), ResourceId.New(), new AuthorizationRequest
        {
            RedirectUri = "https://client.example/callback",
            Scope = "read write",
            CodeChallenge = "challenge",
            ResponseMode = ResponseMode.Query,
            Issuer = "https://issuer.example",
            State = "state é",
        }),
        DeriveKey = "key",
        Verification = CallbackVerification.Required,
        CreatedAt = Begun,
        LoginBy = Begun.AddMinutes(10),
    };

    /// <summary>The same login request for another client or resource, or with another authorization request.</summary>
    public static LoginRequestDetails With(
        LoginRequestDetails details, ClientId? client = null, ResourceId? resource = null, AuthorizationRequest? request = null) =>
        details with
        {
            Purpose = new LoginPurpose.Authorization(
                client ?? details.ClientId, resource ?? details.ResourceId, request ?? details.Request),
        };

    public async Task<LoginScenario> LeadToAsync(Stage stage)
    {
        await authRequests.BeginAsync(new(Details), pushed: null, CancellationToken.None);
        Step[] steps = stage switch
        {
            Stage.AwaitingLogin => [],
            Stage.AwaitingReturn => [Step.Report],
            Stage.Refused => [Step.Refuse],
            Stage.AwaitingConsent => [Step.Report, Step.Return],
            Stage.AwaitingExchange => [Step.Report, Step.Return, Step.Allow],
            Stage.Exchanged => [Step.Report, Step.Return, Step.Allow, Step.Exchange],
            Stage.Ended => [Step.Report, Step.Return, Step.Deny],
            _ => throw new ArgumentOutOfRangeException(nameof(stage)),
        };
        foreach (var step in steps)
        {
            Assert.True(await TakeAsync(step, MomentOf(step)), step.ToString());
        }

        return this;
    }

    /// <summary>The usual time of a step.</summary>
    public static DateTimeOffset MomentOf(Step step) => step switch
    {
        Step.Report or Step.Refuse => Reported,
        Step.Return => Returned,
        Step.Allow or Step.Deny or Step.StartOver => Decided,
        Step.Exchange => Redeemed,
        _ => Redeemed.AddSeconds(10),
    };

    /// <summary>The time from which a step is refused, or null if it has no deadline.</summary>
    public static DateTimeOffset? DeadlineOf(Step step) => step switch
    {
        Step.Report or Step.Refuse => Begun.AddMinutes(10),
        Step.Return => Reported.AddMinutes(2),
        Step.Allow or Step.Deny or Step.StartOver => Returned.AddMinutes(10),
        Step.Exchange => Decided.AddMinutes(1),
        _ => null,
    };

    /// <param name="caller">The number of the caller, which is part of every written value.</param>
    /// <param name="details">The login request that the caller passes; by default the right one.</param>
    public async Task<bool> TakeAsync(Step step, DateTimeOffset at, int caller = 0, LoginRequestDetails? details = null)
    {
        var passed = details ?? Details;
        var report = ReportOf(caller);
        var asked = new LoginRequest.AwaitingConsent(passed, ReportOf(0), Reported, Returned, Returned.AddMinutes(10));
        return step switch
        {
            Step.Report => await logins.ReportAsync(
                new LoginRequest.AwaitingLogin(passed).Reported(report, at, TimeSpan.FromMinutes(2)), CancellationToken.None),
            Step.Refuse => await logins.RefuseAsync(
                new LoginRequest.AwaitingLogin(passed).RefusedBy(OAuthError.AccessDenied(NameOf(caller)), at), CancellationToken.None),
            Step.Return => await logins.ReturnAsync(
                new(passed, report, Reported, at, at.AddMinutes(10)), CancellationToken.None),
            Step.Burn => await logins.BurnAsync(passed, EndReason.ProofMissing, includingGrant: false, at, CancellationToken.None),
            Step.BurnWithGrant =>
                await logins.BurnAsync(passed, EndReason.ForeignBrowser, includingGrant: true, at, CancellationToken.None),
            Step.Allow => await consents.AllowAsync(
                asked.Allowed(ScopeOf(caller), TokenClaims.Default, at, TimeSpan.FromMinutes(1)), former: null, ConsentId.New(),
                answer: null, CancellationToken.None),
            Step.Deny => await consents.DenyAsync(
                asked.Denied(at) with { Answer = OAuthError.AccessDenied(NameOf(caller)) }, CancellationToken.None),
            Step.StartOver => await consents.StartOverAsync(passed, SuccessorOf(passed, caller, at), CancellationToken.None),
            Step.Exchange => await grants.ExchangeAsync(GrantOf(passed, caller, at), passed.Id, CancellationToken.None) is not null,
            _ => throw new ArgumentOutOfRangeException(nameof(step)),
        };
    }

    public static string NameOf(int caller) => string.Create(CultureInfo.InvariantCulture, $"caller-{caller}-");

    public LoginReport ReportOf(int caller) => new(
        new UserSnapshot { Subject = Subject, Email = "ada@acme.example", Name = NameOf(caller) },
        new LoginFacts(Acr: "mfa", SessionId: "session"));

    public static Scope ScopeOf(int caller) => Scope.Parse($"read {NameOf(caller)}");

    public Grant GrantOf(LoginRequestDetails details, int caller, DateTimeOffset at) => new()
    {
        Id = caller == 0 ? GrantId : GrantId.New(),
        ConnectionId = details.ConnectionId,
        Subject = Subject,
        ClientId = details.ClientId,
        ResourceId = details.ResourceId,
        AuthorizationId = details.AuthorizationId,
        Scope = ScopeOf(caller),
        Claims = [TokenClaim.Name, TokenClaim.Groups],
        ClientClass = ClientClass.Public,
        Issuer = details.Request.Issuer,
        Login = ReportOf(caller).Facts,
        ReportedAt = Reported,
        CreatedAt = at,
        RefreshKey = "refresh key",
        Generation = 0,
        Rotations = [],
        IdleBy = at.AddHours(1),
        AbsoluteBy = at.AddDays(1),
    };

    public async Task<Stage> StageAsync() => await authRequests.FindAsync(Details.Id, CancellationToken.None) switch
    {
        LoginRequest.AwaitingLogin => Stage.AwaitingLogin,
        LoginRequest.AwaitingReturn => Stage.AwaitingReturn,
        LoginRequest.Refused => Stage.Refused,
        LoginRequest.AwaitingConsent => Stage.AwaitingConsent,
        LoginRequest.AwaitingExchange => Stage.AwaitingExchange,
        LoginRequest.Exchanged => Stage.Exchanged,
        LoginRequest.Ended => Stage.Ended,
        LoginRequest.Confirmed => throw new InvalidOperationException("this login request is for a client"),
        null => throw new InvalidOperationException("the login request is missing"),
    };

    /// <summary>All stored columns of this login and its connection.</summary>
    public Task<string> EverythingAsync() => database.ReadAsync(
        """
        SELECT * FROM login_requests WHERE connection_id = @connection OR auth_request_id = @auth_request ORDER BY id;
        SELECT * FROM users WHERE connection_id = @connection ORDER BY subject;
        SELECT * FROM consents WHERE connection_id = @connection ORDER BY subject, client_id, resource_id;
        SELECT * FROM grants WHERE connection_id = @connection OR auth_request_id = @auth_request ORDER BY id
        """,
        new() { { "connection", Details.ConnectionId.Value }, { "auth_request", Details.AuthorizationId.Value } },
        Print,
        CancellationToken.None);

    private static LoginRequestDetails SuccessorOf(LoginRequestDetails details, int caller, DateTimeOffset at) =>
        With(details, request: details.Request with { Prompt = NameOf(caller) }) with
        {
            Id = LoginRequestId.New(),
            CreatedAt = at,
            LoginBy = at.AddMinutes(10),
        };

    private static string Print(DbDataReader reader)
    {
        var lines = new List<string>();
        do
        {
            while (reader.Read())
            {
                lines.Add(
                    string.Join(' ', Enumerable.Range(0, reader.FieldCount).Select(i => $"{reader.GetName(i)}={reader.GetValue(i)}")));
            }
        }
        while (reader.NextResult());
        return string.Join('\n', lines);
    }
}
