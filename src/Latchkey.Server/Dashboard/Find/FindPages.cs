using Latchkey.Server.Clients;
using Latchkey.Server.Configuration;
using Latchkey.Server.Dashboard.SignIns;
using Latchkey.Server.SignIns;

namespace Latchkey.Server.Dashboard.Find;

/// <summary>
/// The find box: 1. the form of the text decides what it is (<see cref="FindForm"/>); 2. what is stored under it is opened
/// (<see cref="FoundEntity"/>); 3. else one query looks for it in the sign-in log: one hit is opened, several are the list of sign-ins with
/// that filter, none is a page that says so.
/// </summary>
internal sealed class FindPages(
    FoundEntity entities, LogReader log, SignInBrowser browser, SignInStore signIns, UnattributedEvents unattributed, KnownClients known,
    ConfigurationCache configuration)
{
    public static readonly DashboardRoute Find = DashboardRoute.Page("/dashboard/find");

    public static void Map(IEndpointRouteBuilder app) => app.MapDashboard<FindPages>(Find, (pages, request) => pages.FindAsync(request));

    private async Task<IResult> FindAsync(DashboardRequest request)
    {
        var text = request.Query["q"] ?? "";
        var form = FindForm.Of(text);
        var (path, state) = form is null ? (null, log.State)
            : await entities.PathOfAsync(form, request.Aborted) is { } stored ? (stored, log.State)
            : await log.ReadAsync(() => PathOfAsync(form, text.Trim(), request.Aborted), request.Aborted);
        return path is not null
            ? await request.RedirectAsync(path)
            : request.Page<FindPage, FindView>("Find", new(text, state), StatusCodes.Status404NotFound);
    }

    /// <summary>Where a text leads to, or null.</summary>
    private async Task<string?> PathOfAsync(FindForm form, string text, CancellationToken stop) => form switch
    {
        FindForm.SignInId id => SignInPages.Page.Path(id.Value),
        FindForm.Reference reference => await OfReferenceAsync(reference.Value, stop) ?? await OfWordsAsync(text, stop),
        FindForm.Grant grant => await signIns.FindAsync(grant.Id, stop) is { } found
            ? SignInPages.Page.Path(found.AuthorizationId.Value) : null,
        FindForm.Server server => await ListAsync("server", server.Id.Value, new() { Resources = [server.Id.Value] }, stop),
        FindForm.LoginPage page => await ListAsync("login_page", page.Id.Value, new() { Connections = [page.Id.Value] }, stop),
        FindForm.Client client => await ListAsync("client", client.Id.Value, new() { ClientId = client.Id.Value }, stop),
        FindForm.Email email => await ListAsync("person", email.Value, new() { Person = email.Value }, stop),
        FindForm.Address address => await ListAsync("network", address.Network, new() { Network = address.Network }, stop),
        FindForm.Url url => await OfUrlAsync(url.Value, stop),
        FindForm.Words words => await OfWordsAsync(words.Value, stop),
        FindForm.Machine => null,
    };

    private async Task<string?> OfReferenceAsync(string reference, CancellationToken stop) =>
        await signIns.FindAsync(reference, stop) is { } found ? SignInPages.Page.Path(found.AuthorizationId.Value)
        : await unattributed.FindAsync(reference, stop) is not null ? SignInPages.Page.Path(reference)
        : null;

    private async Task<string?> OfUrlAsync(string url, CancellationToken stop)
    {
        var canonical = WebUrl.WithCanonicalOrigin(url);
        return await ListAsync("client", canonical, new() { ClientId = canonical }, stop);
    }

    private async Task<string?> OfWordsAsync(string words, CancellationToken stop)
    {
        bool IsIt(string name) => name.Equals(words, StringComparison.OrdinalIgnoreCase);
        if (known.Names.FirstOrDefault(IsIt) is { } family
            && await ListAsync("family", family, new() { Families = [family] }, stop) is { } ofFamily)
        {
            return ofFamily;
        }

        return configuration.Current.Resources.FirstOrDefault(r => IsIt(r.Name)) is { } server
            ? await ListAsync("server", server.Id.Value, new() { Resources = [server.Id.Value] }, stop)
            : await ListAsync("person", words, new() { Person = words }, stop);
    }

    /// <summary>Opens the only sign-in of a filter, or else its list. Null when there is none.</summary>
    private async Task<string?> ListAsync(string name, string value, SignInSelection selection, CancellationToken stop) =>
        await browser.RowsAsync(selection, new(Place: null, IsNewer: false, 1), stop) switch
        {
            [] => null,
            [var only] => SignInPages.Page.Path(only.AuthorizationId.Value),
            _ => $"{SignInListPages.List.Pattern}?{name}={Uri.EscapeDataString(value)}&period={Period.Month.Name}",
        };
}

/// <summary>The data of <c>FindPage</c>.</summary>
internal sealed record FindView(string Text, LogState Log);
