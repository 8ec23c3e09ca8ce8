using Latchkey.Server.LoginRequests;
using Latchkey.Server.SignIns;

namespace Latchkey.Server.Management.AuthRequests;

/// <summary>The bodies of sign-ins.</summary>
internal static class AuthRequestBodies
{
    private static readonly string[] FixerNames = ["nobody", "client_vendor", "login_page", "mcp_server", "operator", "person"];
    private static readonly string[] KindNames = ["sent", "expected", "seen"];

    /// <summary>The whole of a sign-in: its summary, and the last login request while it is kept.</summary>
    public static AuthRequestBody Of(SignIn? signIn, LoginRequest? latest)
    {
        var events = signIn?.Events ?? [];
        return Listed(signIn?.Summary, events, latest) with
        {
            Deviations = [.. ClientQuirk.In(events).Select(d => d.Code)],
            Journey = [.. events.Select(Of)],
        };
    }

    /// <summary>An entry of a list has no events.</summary>
    /// <param name="refusals">At least the events that have a cause.</param>
    public static AuthRequestBody Listed(SignInSummary? summary, IReadOnlyList<SignInEvent> refusals, LoginRequest? latest)
    {
        var id = latest?.Details.AuthorizationId ?? summary!.AuthorizationId;
        var (subject, grant) = PersonAndGrant(latest);
        var asked = latest?.Details.Purpose as LoginPurpose.Authorization;
        var decisive = SignInEvent.Decisive(summary?.CauseCode, refusals);
        return new()
        {
            Id = id.Value,
            Reference = SignInReference.Of(id),
            Outcome = summary?.Outcome is { } outcome ? StoredNames.Of(outcome) : null,
            StoppedAt = summary is { Outcome: not SignInOutcome.Connected, Station: { } station } ? StoredNames.Of(station)
                : summary is { CauseCode: not null, Station: { } later } ? StoredNames.Of(later)
                : null,
            Cause = summary?.CauseCode is { } cause ? CauseOf(cause, decisive?.Facts ?? []) : null,
            Facts = decisive is null ? null : FactsOf(decisive.Facts),
            Stage = latest is null ? null : StageNames.Of(latest),
            LoginRequestId = latest?.Details.Id.Value,
            ConnectionId = latest?.Details.ConnectionId.Value ?? summary?.ConnectionId,
            Purpose = latest?.Details.Purpose.Name ?? summary?.Purpose ?? LoginPurpose.Authorization.StoredName,
            ResourceId = asked?.ResourceId.Value ?? summary?.ResourceId,
            ClientId = asked?.ClientId.Value ?? summary?.ClientId,
            ClientName = summary?.ClientName,
            ClientFamily = summary?.Family,
            VouchedFor = summary?.Vouched,
            RedirectHost = summary?.RedirectHost,
            Subject = subject ?? summary?.Subject,
            Email = summary?.Email,
            Network = summary?.Network,
            UserAgent = summary?.Agent,
            Tolerated = summary?.Tolerated,
            GrantId = grant?.Value ?? summary?.GrantId,
            CreateTime = summary?.StartedAt ?? latest?.Details.CreatedAt,
            UpdateTime = summary?.LastAt,
            DueTime = summary?.Outcome == SignInOutcome.Running ? summary.DueAt : null,
        };
    }

    /// <summary>An event that belongs to no sign-in.</summary>
    public static AuthRequestBody Of(UnattributedEvent happened) => new()
    {
        Reference = happened.Reference,
        Outcome = StoredNames.Stopped,
        StoppedAt = Causes.Find(happened.CauseCode) is { } cause ? StoredNames.Of(cause.Station) : null,
        Cause = CauseOf(happened.CauseCode, happened.Facts),
        Facts = FactsOf(happened.Facts),
        Network = happened.Network,
        CreateTime = happened.Minute,
        UpdateTime = happened.LastAt,
    };

    /// <summary>A code that this version does not know stands alone.</summary>
    public static CauseBody CauseOf(string code, IReadOnlyList<Fact> facts) =>
        Causes.Find(code) is { } cause
            ? new(
                code, StoredNames.Of(cause.Station), CauseText.Render(cause.Title, facts), CauseText.Render(cause.Explanation, facts),
                [.. cause.FixedBy.Select(f => FixerNames[(int)f])], CauseText.Render(cause.Fix, facts),
                CauseText.Compare(cause, facts) is { } found ? new(found.Name, found.Sent!, found.Expected!, found.Where) : null)
            : new(code, Station: null, Title: null, Explanation: null, FixedBy: null, Fix: null);

    public static IReadOnlyList<FactBody> FactsOf(IReadOnlyList<Fact> facts) =>
        [.. facts.Where(f => f.Name != RecordedFacts.Detail).Select(f => new FactBody(KindNames[(int)f.Kind], f.Name, f.Value))];

    private static SignInEventBody Of(SignInEvent happened) => new(
        happened.At, happened.Name, happened.Detail, happened.LoginRequestId?.Value, happened.CauseCode, happened.Actor,
        FactsOf(happened.Facts) is { Count: > 0 } facts ? facts : null);

    private static (string? Subject, GrantId? Grant) PersonAndGrant(LoginRequest? latest) => latest switch
    {
        null => (null, null),
        LoginRequest.AwaitingLogin or LoginRequest.Refused => (null, (GrantId?)null),
        LoginRequest.AwaitingReturn waiting => (waiting.Report.User.Subject, null),
        LoginRequest.AwaitingConsent waiting => (waiting.Report.User.Subject, null),
        LoginRequest.Confirmed confirmed => (confirmed.Report.User.Subject, null),
        LoginRequest.AwaitingExchange waiting => (waiting.Report.User.Subject, null),
        LoginRequest.Exchanged exchanged => (exchanged.Report.User.Subject, exchanged.Grant),
        LoginRequest.Ended ended => (ended.Subject, ended.GrantId),
    };
}
