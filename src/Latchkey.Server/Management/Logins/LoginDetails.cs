using Latchkey.Server.ApiClients;
using Latchkey.Server.Clients;
using Latchkey.Server.Configuration;
using Latchkey.Server.Login;
using Latchkey.Server.LoginRequests;
using Latchkey.Server.Management.AuthRequests;
using Latchkey.Server.Resources;

namespace Latchkey.Server.Management.Logins;

/// <summary>Reads what a login page may show about a login request.</summary>
internal sealed class LoginDetails(
    ReportUser report, PresentPolicy policy, ClientCache clients, ClientTrust trust, ConfigurationCache configuration, TimeProvider clock)
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
        var resource = configuration.Current.Find(details.ResourceId);
        var client = await clients.FindAsync(details.ClientId, cancellationToken);
        var isRefused = await policy.OfAsync(request, cancellationToken) is PolicyAnswer.Refused;
        var asked = details.Request;
        var scopes = Scope.Parse(asked.Scope).Where(s => !Scope.IsProtocol(s))
            .Select(s => new LoginScopeBody(s, resource?.DescriptionOf(s) ?? s));
        return new LoginDetailsResponse
        {
            LoginRequestId = details.Id.Value,
            AuthRequestId = details.AuthorizationId.Value,
            Stage = StageNames.Of(request, clock.GetUtcNow(), isRefused),
            Client = ClientOf(client, resource, details),
            Resource = new(details.ResourceId.Value, resource?.Name ?? details.ResourceId.Value, resource?.Uri ?? ""),
            Scopes = [.. scopes],
            OrganizationSelection = resource?.OrganizationSelection ?? OrganizationSelection.None,
            Prompt = asked.Prompt,
            MaxAge = asked.MaxAge,
            AcrValues = asked.AcrValues,
            LoginHint = asked.LoginHint,
            UiLocales = asked.UiLocales,
            CreateTime = details.CreatedAt,
            ExpireTime = details.LoginBy,
        };
    }

    /// <summary>A client that was deleted meanwhile is shown by its redirect URI.</summary>
    private LoginClientBody ClientOf(Client? client, Resource? resource, LoginRequestDetails details)
    {
        var redirectUri = details.Request.RedirectUri;
        var target = ClientTrust.TargetOf(redirectUri).Name;
        return client is null
            ? new(details.ClientId.Value, Name: null, target, target, VouchedFor: false)
            : new(
                client.Id.Value, trust.NameOf(client, redirectUri), ClientTrust.HostOf(client, redirectUri), target,
                trust.IsTrusted(client, resource, redirectUri));
    }
}
