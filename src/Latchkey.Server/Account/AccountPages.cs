using Latchkey.Server.Clients;
using Latchkey.Server.Configuration;
using Latchkey.Server.Grants;
using Latchkey.Server.Languages;
using Latchkey.Server.LoginRequests;
using Latchkey.Server.Management.Access;
using Latchkey.Server.Pages;
using Latchkey.Server.Resources;

namespace Latchkey.Server.Account;

/// <summary>
/// The page of connected programs: list, one program, narrow, disconnect, report. Each form post is checked for its origin, its session and
/// its form token (<see cref="PostAsync"/>), and calls the flow that the management API calls. A grant of another person is answered like
/// one that does not exist.
/// </summary>
internal sealed class AccountPages(
    AccountSessions sessions, AccountSignIn signIn, AccessAdministration access, ClientCache clients, ClientTrust trust,
    ConfigurationCache configuration, LoginSecrets secrets, Settings settings)
{
    public async Task<IResult> ListAsync(HttpContext http, CancellationToken cancellationToken)
    {
        if (await sessions.FindAsync(http, cancellationToken) is { } session)
        {
            return AccountPage.Of<AccountListPage, AccountListView>(await ListAsync(session, cancellationToken));
        }

        return signIn.OnlyConnection() is { } only ? await signIn.BeginAsync(http, only, cancellationToken) : Choose();
    }

    /// <summary>Begins at the chosen server, or shows the choice.</summary>
    public Task<IResult> SignInAsync(HttpContext http, CancellationToken cancellationToken) =>
        (signIn.ConnectionOf(http.Request.Query["server"]) ?? signIn.OnlyConnection()) is { } connection
            ? signIn.BeginAsync(http, connection, cancellationToken)
            : Task.FromResult<IResult>(Choose());

    public Task<IResult> ProgramAsync(HttpContext http, string grant, CancellationToken cancellationToken) => ShowAsync(
        http, grant, isEnded: null,
        (program, forms) => AccountPage.Of<AccountProgramPage, ProgramPageView>(
            new(program, forms) { IsReported = http.Request.Query.ContainsKey("reported") && !program.IsLive }),
        cancellationToken);

    public Task<IResult> ChangeAsync(HttpContext http, string grant, CancellationToken cancellationToken) => ShowAsync(
        http, grant, isEnded: false,
        (program, forms) => AccountPage.Of<AccountChangePage, ProgramPageView>(
            new(program, forms) { IsEmpty = http.Request.Query.ContainsKey("empty") }),
        cancellationToken);

    public Task<IResult> AskToDisconnectAsync(HttpContext http, string grant, CancellationToken cancellationToken) => ShowAsync(
        http, grant, isEnded: false,
        (program, forms) =>
        {
            var texts = TextsOf(http);
            return AccountPage.Of<AccountConfirmPage, ConfirmView>(new(
                texts.DisconnectTitle(NameOf(program)), texts.DisconnectExplanation(NameOf(program), ServerOf(program), program.Tail),
                texts.Disconnect, AccountPaths.Of(AccountPaths.Disconnect, program.Id), AccountPaths.List, forms));
        },
        cancellationToken);

    public Task<IResult> AskToReportAsync(HttpContext http, string grant, CancellationToken cancellationToken) => ShowAsync(
        http, grant, isEnded: false,
        (program, forms) =>
        {
            var texts = TextsOf(http);
            return AccountPage.Of<AccountConfirmPage, ConfirmView>(new(
                texts.UnknownTitle(NameOf(program)), texts.UnknownExplanation(NameOf(program)), texts.UnknownButton,
                AccountPaths.Of(AccountPaths.Report, program.Id), AccountPaths.List, forms));
        },
        cancellationToken);

    public async Task<IResult> AskToDisconnectAllAsync(HttpContext http, CancellationToken cancellationToken)
    {
        if (await sessions.FindAsync(http, cancellationToken) is not { } session)
        {
            return AccountPage.Of(AccountErrors.SignedOut);
        }

        var texts = TextsOf(http);
        var tail = session.Access.Live.Select(grant => TailOf(configuration.Current.Find(grant.Grant.ResourceId))).DefaultIfEmpty().Max();
        return session.Access.Live.Count == 0
            ? new Redirection(StatusCodes.Status303SeeOther, AccountPaths.List)
            : AccountPage.Of<AccountConfirmPage, ConfirmView>(new(
                new Phrase(texts.DisconnectAllTitle), new Phrase(texts.DisconnectAllExplanation(session.Access.Live.Count, tail)),
                texts.DisconnectAll, AccountPaths.DisconnectAll, AccountPaths.List, FormsOf(session)));
    }

    public Task<IResult> DisconnectAsync(HttpContext http, string grant, CancellationToken cancellationToken) => PostAsync(
        http,
        async (session, _) => Find(session, grant) is { IsLive: true } found
            ? await ThenAsync(
                access.EndGrantAsync(session.Actor, found.Grant.Id.Value, cancellationToken),
                AccountPaths.Of(AccountPaths.Program, grant))
            : AccountPage.Of(AccountErrors.NoSuchProgram),
        cancellationToken);

    public Task<IResult> ReportAsync(HttpContext http, string grant, CancellationToken cancellationToken) => PostAsync(
        http,
        async (session, _) => Find(session, grant) is { IsLive: true } found
            ? await ThenAsync(
                access.ReportGrantAsync(session.Actor, found.Grant, cancellationToken),
                AccountPaths.Of(AccountPaths.Program, grant) + "?reported")
            : AccountPage.Of(AccountErrors.NoSuchProgram),
        cancellationToken);

    public Task<IResult> DisconnectAllAsync(HttpContext http, CancellationToken cancellationToken) => PostAsync(
        http,
        async (session, _) =>
        {
            await access.EndGrantsOfPersonAsync(session.Actor, session.Connection, cancellationToken);
            return new Redirection(StatusCodes.Status303SeeOther, AccountPaths.List);
        },
        cancellationToken);

    /// <summary>The ticks are what is left. Scopes that cannot be unticked stay, and so does what the page does not show.</summary>
    public Task<IResult> NarrowAsync(HttpContext http, string grant, CancellationToken cancellationToken) => PostAsync(
        http,
        async (session, form) =>
        {
            if (Find(session, grant) is not { IsLive: true } found
                || await ViewAsync(session, found, cancellationToken) is not { CanNarrow: true } shown)
            {
                return AccountPage.Of(AccountErrors.NoSuchProgram);
            }

            var ticked = Scope.Of(form.All("scope"));
            var left = shown.Scopes.Where(scope => !scope.CanChange || ticked.Contains(scope.Name)).Select(scope => scope.Name).ToList();
            if (left.Count == 0)
            {
                return new Redirection(StatusCodes.Status303SeeOther, AccountPaths.Of(AccountPaths.Change, grant) + "?empty");
            }

            var hidden = found.Grant.Scope.Where(scope => shown.Scopes.All(s => s.Name != scope));
            return await ThenAsync(
                access.NarrowGrantAsync(
                    session.Actor, found.Grant.Id.Value, Scope.Of(left).Plus(hidden), cancellationToken),
                AccountPaths.Of(AccountPaths.Program, grant));
        },
        cancellationToken);

    public Task<IResult> AskAgainAsync(HttpContext http, string consent, CancellationToken cancellationToken) => PostAsync(
        http,
        async (session, _) => session.Access.Remembered.FirstOrDefault(c => c.Id.Value == consent) is { } found
            ? await ThenAsync(
                access.ForgetConsentAsync(
                    session.Actor, found.ClientId.Value, found.Id.Value, cancellationToken),
                AccountPaths.List)
            : AccountPage.Of(AccountErrors.NoSuchProgram),
        cancellationToken);

    public Task<IResult> SignOutAsync(HttpContext http, CancellationToken cancellationToken) => PostAsync(
        http,
        async (session, _) =>
        {
            await sessions.EndAsync(http, session, cancellationToken);
            return AccountPage.Of<AccountMessagePage, AccountError>(
                new AccountError(StatusCodes.Status200OK, "", texts => texts.SignedOut, OffersSignIn: true));
        },
        cancellationToken);

    /// <summary>
    /// CSRF: the origin, the session and the form token of this path are checked before anything is done. Framing is refused for every page
    /// (<see cref="Navigation"/>).
    /// </summary>
    private async Task<IResult> PostAsync(
        HttpContext http, Func<AccountSession, RequestParameters, Task<IResult>> act, CancellationToken cancellationToken)
    {
        var request = http.Request;
        if (!request.Headers.Origin.ToString().Equals(settings.BaseUrl, StringComparison.OrdinalIgnoreCase)
            || request.Headers["Sec-Fetch-Site"].ToString() is "cross-site" or "same-site")
        {
            return AccountPage.Of(AccountErrors.ForeignOrigin);
        }

        if (await sessions.FindAsync(http, cancellationToken) is not { } session)
        {
            return AccountPage.Of(AccountErrors.SignedOut);
        }

        return await RequestParameters.FormAsync(request, cancellationToken) is { } form
            && secrets.IsAccountForm(session.Login.Details, request.Path.Value ?? "", form["form_token"])
                ? await act(session, form)
                : AccountPage.Of(AccountErrors.NoFormToken);
    }

    private static async Task<IResult> ThenAsync(Task<Problem?> change, string path) =>
        await change is null
            ? new Redirection(StatusCodes.Status303SeeOther, path)
            : AccountPage.Of(AccountErrors.NoSuchProgram);

    private async Task<IResult> ShowAsync(
        HttpContext http, string grant, bool? isEnded, Func<ProgramView, AccountForms, IResult> page, CancellationToken cancellationToken)
    {
        if (await sessions.FindAsync(http, cancellationToken) is not { } session)
        {
            return AccountPage.Of(AccountErrors.SignedOut);
        }

        return Find(session, grant) is { } found && (isEnded is null || isEnded == !found.IsLive)
            ? page(await ViewAsync(session, found, cancellationToken), FormsOf(session))
            : AccountPage.Of(AccountErrors.NoSuchProgram);
    }

    private static FoundGrant? Find(AccountSession session, string id) =>
        session.Access.Live.FirstOrDefault(grant => grant.Grant.Id.Value == id) is { } live ? new(live, IsLive: true)
        : session.Access.Ended.FirstOrDefault(grant => grant.Grant.Id.Value == id) is { } ended ? new(ended, IsLive: false)
        : null;

    private async Task<AccountListView> ListAsync(AccountSession session, CancellationToken cancellationToken)
    {
        var live = new List<ProgramView>();
        foreach (var grant in session.Access.Live)
        {
            live.Add(await ViewAsync(session, new(grant, IsLive: true), cancellationToken));
        }

        var ended = new List<ProgramView>();
        foreach (var grant in session.Access.Ended)
        {
            ended.Add(await ViewAsync(session, new(grant, IsLive: false), cancellationToken));
        }

        var remembered = new List<RememberedView>();
        foreach (var consent in session.Access.Remembered)
        {
            var client = await clients.FindAsync(consent.ClientId, cancellationToken);
            remembered.Add(new(
                consent.Id.Value, client?.Name ?? consent.ClientId.Value, ServerName(consent.ResourceId)));
        }

        return new(
            session.User.DisplayName, session.User.Email, live, ended, remembered, live.Count == OwnAccess.MaxLive, FormsOf(session));
    }

    private async Task<ProgramView> ViewAsync(AccountSession session, FoundGrant found, CancellationToken cancellationToken)
    {
        var grant = found.Grant;
        var resource = configuration.Current.Find(grant.ResourceId);
        var client = await clients.FindAsync(grant.ClientId, cancellationToken);
        var redirectUri = client?.RedirectUris.FirstOrDefault();
        return new(
            grant.Id.Value,
            client is null ? grant.ClientId.Value : redirectUri is null ? client.Name : trust.LabelOf(client, redirectUri),
            client is null || redirectUri is null ? "" : ClientTrust.HostOf(client, redirectUri),
            ServerName(grant.ResourceId))
        {
            Organization = OrganizationOf(grant, found.Own.Found.User),
            Scopes =
            [
                .. grant.Scope.Where(scope => scope != Scope.OfflineAccess).Select(scope => new ConsentScope(
                    scope, Scope.IsIdentity(scope) ? null : resource?.DescriptionOf(scope) ?? scope, IsNew: false, IsTicked: true,
                    CanChange: resource?.CanLeaveOut(scope) ?? false)),
            ],
            Since = grant.CreatedAt,
            UsedAt = found.Own.UsedAt,
            Stays = grant.RefreshKey is not null,
            EndsAt = found.Own.EndsAt,
            IsLive = found.IsLive,
            IsNew = found.IsLive && session.Access.FormerVisitAt is { } former && grant.CreatedAt > former,
            Tail = TailOf(resource),
            SupportContact = resource?.SupportContact,
        };
    }

    private string ServerName(ResourceId id) => configuration.Current.Find(id)?.Name ?? id.Value;

    private static TimeSpan TailOf(Resource? resource) => resource?.AccessTokenLifetime ?? TimeSpan.Zero;

    private static string? OrganizationOf(Grant grant, UserSnapshot user) => grant.Organization is not { } chosen
        ? null
        : user.EveryOrganization.FirstOrDefault(organization => organization.ExternalId == chosen)?.DisplayName ?? chosen;

    private AccountForms FormsOf(AccountSession session) => new(path => secrets.AccountForm(session.Login.Details, path));

    private AccountPage Choose()
    {
        var servers = signIn.Servers();
        return servers.Count == 0
            ? AccountPage.Of(AccountErrors.NotOffered)
            : AccountPage.Of<AccountChoosePage, ChooseView>(new(
                [.. servers.Select(server => server.Brand)], [.. servers.Select(server => server.Id.Value)]));
    }

    private static AccountTexts TextsOf(HttpContext http) =>
        http.RequestServices.GetRequiredService<PageLanguage>().Of(http).Texts.Account;

    private static Slot NameOf(ProgramView program) => Slot.Isolated(program.Name);

    private static Slot ServerOf(ProgramView program) => Slot.Isolated(program.Server);

    /// <summary>A grant of the person of the session.</summary>
    private sealed record FoundGrant(OwnGrant Own, bool IsLive)
    {
        public Grant Grant => Own.Grant;
    }
}
