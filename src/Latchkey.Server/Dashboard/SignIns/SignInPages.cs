using Latchkey.Server.Clients;
using Latchkey.Server.Configuration;
using Latchkey.Server.SignIns;

namespace Latchkey.Server.Dashboard.SignIns;

/// <summary>One sign-in: its verdict and timeline. A reference or the id of a login request leads to its page.</summary>
internal sealed class SignInPages(
    LogReader log, SignInStore store, UnattributedEvents unattributed, SignInNeighbourhood neighbourhood, SignInContexts contexts,
    ConfigurationCache configuration)
{
    public static readonly DashboardRoute Page = DashboardRoute.Page("/dashboard/sign-ins/{key}");

    public static void Map(IEndpointRouteBuilder app) => app.MapDashboard<SignInPages>(Page, (pages, request) => pages.ShowAsync(request));

    private async Task<IResult> ShowAsync(DashboardRequest request)
    {
        // A pasted proof is ignored: the id is the part before the dot.
        var key = request.Value("key").Split('.')[0];
        var (found, state) = await log.ReadAsync(() => FindAsync(key, request), request.Aborted);
        return found switch
        {
            null when state.Failure is not null => SignInErrors.LogAway.Page(request),
            { SignIn: { } signIn } when signIn.AuthorizationId.Value != key =>
                await request.RedirectAsync(Page.Path(signIn.AuthorizationId.Value)),
            { SignIn: { } signIn, Near: { } near } => request.Page<TimelinePage, TimelineView>(
                $"{SignInLine.ClientOf(signIn.Summary)}, {signIn.Reference}",
                new(signIn, near, await contexts.FindAsync(signIn.Summary, request.Aborted), state, configuration.Current)),
            { Event: { } happened } => request.Page<UnattributedPage, UnattributedEvent>($"Refusal {happened.Reference}", happened),
            _ => SignInErrors.Gone(request.Settings.SignInRetention).Page(request),
        };
    }

    private async Task<Found> FindAsync(string key, DashboardRequest request)
    {
        var signIn = AuthorizationId.Parse(key) is { } id ? await store.FindAsync(id, request.Aborted)
            : LoginRequestId.Parse(key) is { } loginRequest ? await store.FindAsync(loginRequest, request.Aborted)
            : SignInReference.Parse(key) is { } reference ? await store.FindAsync(reference, request.Aborted)
            : null;
        if (signIn is not null)
        {
            var isHere = signIn.AuthorizationId.Value == key;
            return new(signIn, isHere ? await neighbourhood.FindAsync(signIn.Summary, request.Now, request.Aborted) : null, Event: null);
        }

        return new(null, null, SignInReference.Parse(key) is { } ofEvent ? await unattributed.FindAsync(ofEvent, request.Aborted) : null);
    }

    private sealed record Found(SignIn? SignIn, SignInNeighbours? Near, UnattributedEvent? Event);
}

/// <summary>The data of <c>TimelinePage</c>.</summary>
internal sealed record TimelineView(
    SignIn SignIn, SignInNeighbours Near, SignInContext Context, LogState Log, ConfigurationSnapshot Configuration)
{
    public SignInSummary Summary => SignIn.Summary;

    public SignInVerdict Verdict { get; } = SignInVerdict.Of(SignIn);

    public string Client => SignInLine.ClientOf(Summary);

    public string? Server => SignInLine.ServerOf(Summary, Configuration);

    public string? LoginPage => Summary.ConnectionId is not { } id ? null
        : Configuration.Find(new ConnectionId(id)) is { } page ? new Uri(page.LoginUrl).Host
        : id;

    public string? Person => Summary.Email ?? Summary.Subject;

    public string? Asked => FactOf("authorize.accepted", FactNames.Scope);

    public string? Allowed =>
        FactOf("consent.allowed", FactNames.Scope) ?? FactOf("consent.remembered", FactNames.Scope);

    public IEnumerable<ClientNote> Notes => ClientNotes.Of(Summary.Family, Summary.ClientName);

    private string? FactOf(string name, string fact) =>
        SignIn.Events.LastOrDefault(e => e.Name == name)?.Facts.FirstOrDefault(f => f.Name == fact)?.Value;
}
