using Latchkey.Server.ClientDocuments;
using Latchkey.Server.Clients;
using Latchkey.Server.Configuration;
using Latchkey.Server.Journeys;
using Latchkey.Server.Login;
using Latchkey.Server.OAuth;
using Latchkey.Server.Pages;

namespace Latchkey.Server.Authorize;

/// <summary>
/// <c>/oauth/authorize</c> and its twin under <c>/resources/{res}</c> (OAuth 2.1 §3.1, §4.1.1):
/// 1. read the parameters of query or form; 2. find the client, or fetch what it says of itself; 3. <see cref="AuthorizeChecks"/>; 4. send the person to the login page,
/// or answer with a page, or with an error at the client.
/// </summary>
internal static class AuthorizeEndpoint
{
    public static void Map(IEndpointRouteBuilder app)
    {
        string[] methods = [HttpMethods.Get, HttpMethods.Post];
        app.MapMethods("/oauth/authorize", methods, EnvironmentAsync);
        app.MapMethods("/resources/{resource}/oauth/authorize", methods, ResourceAsync);
    }

    private static Task<IResult> EnvironmentAsync(HttpContext http, AuthorizeFlow flow, Settings settings, CancellationToken cancellationToken) =>
        flow.BeginAsync(http, Issuer.Environment(settings.BaseUrl), cancellationToken);

    private static Task<IResult> ResourceAsync(HttpContext http, string resource, AuthorizeFlow flow, Settings settings, ConfigurationCache configuration, JourneyRecorder journeys, CancellationToken cancellationToken) =>
        ResourceId.Parse(resource) is { } id && configuration.Current.Find(id) is not null
            ? flow.BeginAsync(http, Issuer.Of(settings.BaseUrl, id), cancellationToken)
            : Task.FromResult<IResult>(AuthorizeRefusals.UnknownEntry.Alone(journeys, "authorize.refused"));
}

internal sealed class AuthorizeFlow(
    ClientCache clients, DocumentClients documents, Vouching vouching, ConfigurationCache configuration, SendToLogin login, JourneyRecorder journeys)
{
    public async Task<IResult> BeginAsync(HttpContext http, Issuer entry, CancellationToken cancellationToken)
    {
        var id = AuthRequestId.New();
        var request = HttpMethods.IsPost(http.Request.Method)
            ? await RequestParameters.FormAsync(http.Request, cancellationToken)
            : RequestParameters.OfQuery(http.Request);
        if (request is null)
        {
            return Refuse(id, AuthorizeRefusals.Unreadable);
        }

        if (AuthorizeChecks.WhatIsWrongWithClientId(request) is { } refusal)
        {
            return Refuse(id, refusal);
        }

        return await FindClientAsync(id, request, entry, cancellationToken) switch
        {
            DocumentLookup.Refused refused => Refuse(id, refused.Refusal),
            DocumentLookup.Found found => AuthorizeChecks.Check(request, entry, found.Client, configuration.Current) switch
            {
                AuthorizeOutcome.Page page => Refuse(id, page.Refusal),
                AuthorizeOutcome.Answer answer => Answer(id, request, entry, answer),
                AuthorizeOutcome.Accepted accepted => await login.BeginAsync(http, id, accepted, cancellationToken),
            },
        };
    }

    /// <summary>A client of ours by its id; one that describes itself by its document, which is fetched only where the resource lets such clients in.</summary>
    private async Task<DocumentLookup> FindClientAsync(AuthRequestId id, RequestParameters request, Issuer entry, CancellationToken cancellationToken)
    {
        if (ClientId.Parse(request["client_id"]) is not { } clientId)
        {
            return new DocumentLookup.Refused(AuthorizeRefusals.UnknownClient);
        }

        if (clientId.DocumentUrl is not { } url)
        {
            return await clients.FindAsync(clientId, cancellationToken) is { IsEnabled: true } client
                ? new DocumentLookup.Found(client)
                : new DocumentLookup.Refused(AuthorizeRefusals.UnknownClient);
        }

        var resource = AuthorizeChecks.ResourceOf(request, entry, home: null, configuration.Current);
        return AuthorizeChecks.WhyNotFetched(resource, url, configuration.Current) is { } refusal
            ? new DocumentLookup.Refused(refusal)
            : await documents.FindAsync(id, clientId, cancellationToken);
    }

    private PageAnswer Refuse(AuthRequestId id, PageRefusal refusal)
    {
        journeys.Record(id, null, "authorize.refused", $"{refusal.Code}: {refusal.ForDevelopers}");
        return refusal.For(id);
    }

    private IResult Answer(AuthRequestId id, RequestParameters request, Issuer entry, AuthorizeOutcome.Answer answer)
    {
        journeys.Record(id, null, "authorize.refused", $"{answer.Client.Name} ({answer.Client.Id}): {answer.Error.Code}: {answer.Error.Description}");
        var isOpenRedirect = answer.RedirectUri.StartsWith("https:", StringComparison.Ordinal) && !vouching.IsVouchedFor(answer.Client, AuthorizeChecks.ResourceOf(request, entry, answer.Client.ResourceId, configuration.Current), answer.RedirectUri);
        return isOpenRedirect
            ? AuthorizeRefusals.Unsent(answer.Error).For(id, AuthorizeAnswer.ErrorUrl(request, entry, answer.RedirectUri, answer.Error))
            : AuthorizeAnswer.Error(request, entry, answer.RedirectUri, answer.Error);
    }
}
