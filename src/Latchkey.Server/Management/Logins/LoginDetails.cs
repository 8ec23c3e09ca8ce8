using Latchkey.Server.ClientDocuments;
using Latchkey.Server.Clients;
using Latchkey.Server.Configuration;
using Latchkey.Server.Login;
using Latchkey.Server.Management.AuthRequests;
using Latchkey.Server.OAuth;

namespace Latchkey.Server.Management.Logins;

/// <summary>Reads what a login page may show about a login request.</summary>
internal sealed class LoginDetails(ReportUser report, ClientCache clients, Vouching vouching, ConfigurationCache configuration)
{
    public async Task<Outcome<LoginDetailsAnswer>> FindAsync(ApiClient caller, string connection, string id, CancellationToken cancellationToken)
    {
        var (request, problem) = await report.FindAsync(caller, connection, id, cancellationToken);
        if (problem is not null)
        {
            return problem;
        }

        var visit = request!.Visit;
        if (configuration.Current.Find(visit.ResourceId) is not { } resource || await clients.FindAsync(visit.ClientId, cancellationToken) is not { } client)
        {
            return ReportProblems.Over;
        }

        var asked = visit.Request;
        var scopes = Scope.Parse(asked.Scope).Where(s => !Scope.IsProtocol(s)).Select(s => new LoginScopeBody(s, resource.DescriptionOf(s)));
        return new Outcome<LoginDetailsAnswer>.Done(new(
            visit.Id.Value,
            visit.AuthRequestId.Value,
            StageNames.Of(request),
            new(
                client.Id.Value,
                vouching.NameOf(client, asked.RedirectUri),
                Vouching.HostOf(client, asked.RedirectUri),
                vouching.IsVouchedFor(client, resource, asked.RedirectUri)),
            new(resource.Id.Value, resource.Name, resource.Uri),
            [.. scopes],
            asked.Prompt,
            asked.MaxAge,
            asked.AcrValues,
            asked.LoginHint,
            asked.UiLocales,
            visit.CreatedAt,
            visit.LoginBy));
    }
}
