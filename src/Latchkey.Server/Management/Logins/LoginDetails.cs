using Latchkey.Server.ApiClients;
using Latchkey.Server.Clients;
using Latchkey.Server.Configuration;
using Latchkey.Server.Login;
using Latchkey.Server.LoginRequests;
using Latchkey.Server.Management.AuthRequests;
using Latchkey.Server.Resources;
using Latchkey.Server.SignIns;

namespace Latchkey.Server.Management.Logins;

/// <summary>Reads what a login page may show about a login request.</summary>
internal sealed class LoginDetails(
    ReportUser report, PresentPolicy policy, LoginRequestStore store, ClientCache clients, ClientTrust trust,
    ConfigurationCache configuration, SignInRecorder signIns, TimeProvider clock)
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
        var isRefused = await policy.OfAsync(request, cancellationToken) is PolicyAnswer.Refused;
        var common = new LoginDetailsResponse
        {
            LoginRequestId = details.Id.Value,
            AuthRequestId = details.AuthorizationId.Value,
            Purpose = details.Purpose.Name,
            Stage = StageNames.Of(request, clock.GetUtcNow(), isRefused),
            Scopes = [],
            OrganizationSelection = OrganizationSelection.None,
            CreateTime = details.CreatedAt,
            ExpireTime = details.LoginBy,
        };
        return details.Purpose switch
        {
            LoginPurpose.Authorization asked => await WithRequestAsync(common, asked, cancellationToken),
            LoginPurpose.Account => common,
            LoginPurpose.Test => await NoteTestAsync(common, details, caller, cancellationToken),
        };
    }

    private async Task<LoginDetailsResponse> WithRequestAsync(
        LoginDetailsResponse common, LoginPurpose.Authorization purpose, CancellationToken cancellationToken)
    {
        var resource = configuration.Current.Find(purpose.ResourceId);
        var client = await clients.FindAsync(purpose.ClientId, cancellationToken);
        var asked = purpose.Request;
        var scopes = Scope.Parse(asked.Scope).Where(s => !Scope.IsProtocol(s))
            .Select(s => new LoginScopeBody(s, resource?.DescriptionOf(s) ?? s));
        return common with
        {
            Client = ClientOf(client, resource, purpose),
            Resource = new(purpose.ResourceId.Value, resource?.Name ?? purpose.ResourceId.Value, resource?.Uri ?? ""),
            Scopes = [.. scopes],
            OrganizationSelection = resource?.OrganizationSelection ?? OrganizationSelection.None,
            Prompt = asked.Prompt,
            MaxAge = asked.MaxAge,
            AcrValues = asked.AcrValues,
            LoginHint = asked.LoginHint,
            UiLocales = asked.UiLocales,
        };
    }

    /// <summary>The page of a test shows that the backend asked.</summary>
    private async Task<LoginDetailsResponse> NoteTestAsync(
        LoginDetailsResponse common, LoginRequestDetails details, ApiClient caller, CancellationToken cancellationToken)
    {
        if (details.ContextReadAt is null && await store.NoteContextAsync(details, clock.GetUtcNow(), cancellationToken))
        {
            signIns.Record(
                details.AuthorizationId, details.Id, "login.context_read", [], change: null, new Actor.Backend(caller.Id).ToString());
        }

        return common;
    }

    /// <summary>A client that was deleted meanwhile is shown by its redirect URI.</summary>
    private LoginClientBody ClientOf(Client? client, Resource? resource, LoginPurpose.Authorization purpose)
    {
        var redirectUri = purpose.Request.RedirectUri;
        var target = ClientTrust.TargetOf(redirectUri).Name;
        return client is null
            ? new(purpose.ClientId.Value, Name: null, target, target, VouchedFor: false)
            : new(
                client.Id.Value, trust.NameOf(client, redirectUri), ClientTrust.HostOf(client, redirectUri), target,
                trust.IsTrusted(client, resource, redirectUri));
    }
}
