using Latchkey.Server.Configuration;
using Latchkey.Server.Dashboard.Components;
using Latchkey.Server.Dashboard.Forms;
using Latchkey.Server.Dashboard.SignIns;
using Latchkey.Server.Grants;
using Latchkey.Server.Management.Logins;
using Latchkey.Server.Operators;
using Latchkey.Server.Storage;

namespace Latchkey.Server.Dashboard.People;

/// <summary>
/// The people who have signed in: the list, one person with the person's programs and last sign-ins, ending all accesses, and erasing the
/// person. A person is an id of a login page, never an e-mail address.
/// </summary>
internal sealed class PeoplePages(
    PeopleBrowser browser, GrantBrowser grants, UserAdministration users, LatestSignIns signIns, ConfigurationCache configuration)
{
    private const int PageSize = 50;

    public static readonly DashboardRoute List = DashboardRoute.Page("/dashboard/people");
    public static readonly DashboardRoute Page = DashboardRoute.Page("/dashboard/people/{connection}/{person}");
    public static readonly DashboardRoute EndPage = DashboardRoute.Page("/dashboard/people/{connection}/{person}/end", OperatorRole.Admin);
    public static readonly DashboardRoute End = DashboardRoute.Post("/dashboard/people/{connection}/{person}/end", OperatorRole.Admin);
    public static readonly DashboardRoute ErasePage =
        DashboardRoute.Page("/dashboard/people/{connection}/{person}/erase", OperatorRole.Admin);
    public static readonly DashboardRoute Erase =
        DashboardRoute.Post("/dashboard/people/{connection}/{person}/erase", OperatorRole.Admin);

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapDashboard<PeoplePages>(List, (pages, request) => pages.ListAsync(request));
        app.MapDashboard<PeoplePages>(Page, (pages, request) => pages.ShowAsync(request));
        app.MapDashboard<PeoplePages>(EndPage, (pages, request) => pages.AskToEndAsync(request));
        app.MapDashboard<PeoplePages>(End, (pages, request) => pages.EndAsync(request));
        app.MapDashboard<PeoplePages>(ErasePage, (pages, request) => pages.AskToEraseAsync(request));
        app.MapDashboard<PeoplePages>(Erase, (pages, request) => pages.EraseAsync(request));
    }

    private async Task<IResult> ListAsync(DashboardRequest request)
    {
        var filters = new FilterMembers(request.Query);
        var current = configuration.Current;
        var connection = filters.One(
            "login_page", "Login page", id => ConnectionId.Parse(id)?.Value, id => $"Login page: {HostOf(new(id), current)}");
        var email = filters.One("email", "E-mail", text => FilterMembers.Text(text.Trim()));
        if (!filters.AreClean)
        {
            return await request.RedirectAsync(filters.Url(List.Pattern));
        }

        var selection = new PeopleSelection(connection is null ? null : new ConnectionId(connection), email);
        var rows = await browser.ListAsync(selection, filters.Slice(PageSize), request.Aborted);
        return request.Page<PeopleListPage, PeopleListView>("People", new(filters, selection, rows, current));
    }

    /// <summary>The words for a login page.</summary>
    public static string HostOf(ConnectionId id, ConfigurationSnapshot configuration) =>
        configuration.Find(id) is { } page ? new Uri(page.LoginUrl).Host : id.Value;

    private async Task<ListedPerson?> OfAsync(DashboardRequest request) =>
        ConnectionId.Parse(request.Value("connection")) is { } connection && PathKey.Read(request.Value("person")) is { } subject
            ? await browser.FindAsync(connection, subject, request.Aborted)
            : null;

    private async Task<IResult> ShowAsync(DashboardRequest request)
    {
        if (await OfAsync(request) is not { } person)
        {
            return PeopleErrors.Gone.Page(request);
        }

        return request.Page<PersonPage, PersonView>(
            "Person",
            new(
                person,
                await grants.OfPersonAsync(person.ConnectionId, person.Seen.User.Subject, request.Aborted),
                await signIns.ReadAsync(
                    new() { Person = person.Seen.User.Subject, Connections = [person.ConnectionId.Value] }, request),
                configuration.Current));
    }

    private async Task<IResult> AskToEndAsync(DashboardRequest request)
    {
        if (await OfAsync(request) is not { } person)
        {
            return PeopleErrors.Gone.Page(request);
        }

        return request.Ask(new()
        {
            Title = $"End all accesses of {person.Seen.User.Email}?",
            Parent = "Person",
            CancelPath = DashboardPaths.Person(person.ConnectionId, person.Seen.User.Subject),
            Ends = [$"{NumberOf(person)} at once. Tokens at MCP servers live until they expire."],
            Stays = "The person can sign in again. To prevent that, remove the person at your login page.",
            Route = End,
            Ids = IdsOf(person),
            Verb = "End all accesses",
            AsksReason = true,
        });
    }

    private async Task<IResult> EndAsync(DashboardRequest request)
    {
        if (await OfAsync(request) is not { } person)
        {
            return PeopleErrors.Gone.Page(request);
        }

        var outcome = await users.RevokeAsync(
            request.ActorWithReason(), person.ConnectionId, person.Seen.User.Subject, request.Aborted);
        return outcome.ProblemOr(out var ended) is { } problem
            ? DashboardErrors.Of(problem).Page(request)
            : await request.RedirectAsync(
                DashboardPaths.Person(person.ConnectionId, person.Seen.User.Subject),
                ended == 1 ? "1 access has ended." : $"{SignInWords.Number(ended)} accesses have ended.");
    }

    private async Task<IResult> AskToEraseAsync(DashboardRequest request) =>
        await OfAsync(request) is { } person ? request.Ask(EraseQuestion(person)) : PeopleErrors.Gone.Page(request);

    private static Confirmation EraseQuestion(ListedPerson person) => new()
    {
        Title = $"Erase {person.Seen.User.Email}?",
        Parent = "Person",
        CancelPath = DashboardPaths.Person(person.ConnectionId, person.Seen.User.Subject),
        Ends =
        [
            $"{NumberOf(person)} at once.",
            "Everything that is stored of the person is deleted: attributes, decisions, accesses, and the name in the sign-in log.",
        ],
        Stays = "Entries of the audit log cannot be changed and stay. The erasure is recorded there without the person.",
        Route = Erase,
        Ids = IdsOf(person),
        Verb = "Erase this person",
        TypedName = person.Seen.User.Email,
    };

    private async Task<IResult> EraseAsync(DashboardRequest request)
    {
        if (await OfAsync(request) is not { } person)
        {
            return PeopleErrors.Gone.Page(request);
        }

        var question = EraseQuestion(person);
        if (request.Unconfirmed(question) is { } error)
        {
            return request.Ask(question, error);
        }

        var outcome = await users.EraseAsync(
            request.Operator.Actor, person.ConnectionId, person.Seen.User.Subject, request.Aborted);
        return outcome.ProblemOr(out _) is { } problem
            ? DashboardErrors.Of(problem).Page(request)
            : await request.RedirectAsync(List.Pattern, "The person was erased.");
    }

    private static string NumberOf(ListedPerson person) => person.Programs switch
    {
        0 => "The person has no access at present, so none ends",
        1 => "1 access ends",
        _ => $"{SignInWords.Capped(person.Programs, PeopleBrowser.MaxCounted)} accesses end",
    };

    private static IReadOnlyList<string> IdsOf(ListedPerson person) =>
        [person.ConnectionId.Value, PathKey.Of(person.Seen.User.Subject)];
}

/// <summary>Refusals of the pages about people.</summary>
internal static class PeopleErrors
{
    public static readonly DashboardError Gone = new(
        404, "person_gone", "No person with this id has signed in by this login page",
        "The person was erased, or the address is mistyped.", "Look in the list.");
}

/// <summary>The data of <c>PeopleListPage</c>.</summary>
internal sealed record PeopleListView(
    FilterMembers Filters, PeopleSelection Selection, RowsOfSlice<ListedPerson> Rows, ConfigurationSnapshot Configuration)
{
    public (string? Newer, string? Older) Pages =>
        Selection.Email is not null ? default : FilterMembers.Pages(Rows, row => row.Place);
}

/// <summary>The data of <c>PersonPage</c>.</summary>
internal sealed record PersonView(
    ListedPerson Person, IReadOnlyList<ListedGrant> Grants, LatestView Latest, ConfigurationSnapshot Configuration);
