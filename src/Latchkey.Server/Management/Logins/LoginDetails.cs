using Latchkey.Server.ApiClients;
using Latchkey.Server.Clients;
using Latchkey.Server.Configuration;
using Latchkey.Server.Login;
using Latchkey.Server.Management.AuthRequests;

namespace Latchkey.Server.Management.Logins;

/// <summary>Reads what a login page may show about a login request.</summary>
internal sealed class LoginDetails(ReportUser report, ClientCache clients, ClientTrust trust, ConfigurationCache configuration)
{
    public async Task<Outcome<LoginDetailsResponse>> FindAsync(
        ApiClient caller, string connection, string id, CancellationToken cancellationToken)
    {
        var (request, problem) = await report.FindAsync(caller, connection, id, cancellationToken);
        if (problem is not null)
        {
            return problem;
        }

        var details = request!.Details;
        if (configuration.Current.Find(details.ResourceId) is not { } resource
            || await clients.FindAsync(details.ClientId, cancellationToken) is not { } client)
        {
            return ReportProblems.Over;
        }

        var asked = details.Request;
        var scopes = Scope.Parse(asked.Scope).Where(s => !Scope.IsProtocol(s))
            .Select(s => new LoginScopeBody(s, resource.DescriptionOf(s)));
        return new LoginDetailsResponse
        {
            LoginRequestId = details.Id.Value,
            AuthRequestId = details.AuthorizationId.Value,
            Stage = StageNames.Of(request),
            Client = new(
                client.Id.Value,
                trust.NameOf(client, asked.RedirectUri),
                ClientTrust.HostOf(client, asked.RedirectUri),
                ClientTrust.TargetOf(asked.RedirectUri).Name,
                trust.IsTrusted(client, resource, asked.RedirectUri)),
            Resource = new(resource.Id.Value, resource.Name, resource.Uri),
            Scopes = [.. scopes],
            Prompt = asked.Prompt,
            MaxAge = asked.MaxAge,
            AcrValues = asked.AcrValues,
            LoginHint = asked.LoginHint,
            UiLocales = asked.UiLocales,
            CreateTime = details.CreatedAt,
            ExpireTime = details.LoginBy,
        };
    }
}
