using Latchkey.Server.Clients;
using Latchkey.Server.Configuration;
using Latchkey.Server.Dashboard.LoginPages;
using Latchkey.Server.Dashboard.People;
using Latchkey.Server.Dashboard.Servers;
using Latchkey.Server.Grants;

namespace Latchkey.Server.Dashboard.Find;

/// <summary>
/// Finds what is stored under a text of the find box, without the log: an MCP server, a login page, a client, an access, a person or a
/// machine.
/// </summary>
internal sealed class FoundEntity(ClientStore clients, GrantBrowser grants, PeopleBrowser people, ConfigurationCache configuration)
{
    private const int MaxPeople = 10;

    /// <summary>The path of its page, or null.</summary>
    public async Task<string?> PathOfAsync(FindForm form, CancellationToken stop) => PathOfConfigured(form) ?? form switch
    {
        FindForm.Client client => await OfClientAsync(client.Id, stop),
        FindForm.Url url => ClientId.Parse(WebUrl.WithCanonicalOrigin(url.Value)) is { } id ? await OfClientAsync(id, stop) : null,
        FindForm.Grant grant => await grants.FindAsync(grant.Id, stop) is not null ? DashboardPaths.Access(grant.Id) : null,
        FindForm.Machine machine => configuration.Current.Find(machine.Id) is not null ? DashboardPaths.Machine(machine.Id) : null,
        FindForm.Email email => await OfEmailAsync(email.Value, stop),
        FindForm.Reference or FindForm.SignInId or FindForm.Server or FindForm.LoginPage or FindForm.Address or FindForm.Words => null,
    };

    /// <summary>The page of an MCP server or login page.</summary>
    private string? PathOfConfigured(FindForm form)
    {
        var current = configuration.Current;
        return form switch
        {
            FindForm.Server server when current.Find(server.Id) is not null => ServerPages.Page.Path(server.Id.Value),
            FindForm.LoginPage page when current.Find(page.Id) is not null => LoginPagePages.Page.Path(page.Id.Value),
            FindForm.Url url when ResourceUri.Canonical(url.Value) is { } uri && current.FindByUri(uri) is { } server =>
                ServerPages.Page.Path(server.Id.Value),
            FindForm.Url url when current.Connections.FirstOrDefault(c => c.LoginUrl == url.Value) is { } page =>
                LoginPagePages.Page.Path(page.Id.Value),
            _ => null,
        };
    }

    private async Task<string?> OfClientAsync(ClientId id, CancellationToken stop) =>
        await clients.FindAsync(id, stop) is not null ? DashboardPaths.Client(id) : null;

    private async Task<string?> OfEmailAsync(string email, CancellationToken stop)
    {
        var begins = await people.ListAsync(new(Email: email), new(Place: null, IsNewer: false, MaxPeople), stop);
        var found = begins.Rows.Where(row => row.Seen.User.Email.Equals(email, StringComparison.OrdinalIgnoreCase)).ToList();
        return found switch
        {
            [] => null,
            [var only] => DashboardPaths.Person(only.ConnectionId, only.Seen.User.Subject),
            _ => $"{PeoplePages.List.Pattern}?email={Uri.EscapeDataString(email)}",
        };
    }
}
