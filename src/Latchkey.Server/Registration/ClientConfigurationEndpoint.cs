using System.Text.Json;
using Latchkey.Server.Clients;
using Latchkey.Server.Configuration;
using Latchkey.Server.Credentials;
using Latchkey.Server.Limits;
using Latchkey.Server.Refusals;
using Latchkey.Server.SignIns;

namespace Latchkey.Server.Registration;

/// <summary>
/// The client configuration endpoint (RFC 7592 §2) of a registration that is not shared between callers:
/// 1. the registration access token must be the one of this registration; a shared registration has none, because each caller could change
/// it for all; 2. read returns the registered metadata without secrets, of which only hashes exist; 3. an update replaces all metadata, by
/// the rules of a registration and only while the resource would still accept one (§2.2); a change of name, redirect URIs or keys ends
/// grants, consents and codes, and a consent page that is open asks again; 4. delete ends everything that belongs to the client (§2.3).
/// </summary>
internal static class ClientConfigurationEndpoint
{
    public static void Map(IEndpointRouteBuilder app)
    {
        var cost = new RouteCost.Credential(RouteCost.RowUnits);
        app.MapGet("/oauth/register/{client}", ReadAsync).RequireCors(Cors.Registration).Costs(cost);
        app.MapPut("/oauth/register/{client}", ChangeAsync).RequireCors(Cors.Registration)
            .Costs(new RouteCost.Program(RouteCost.RowUnits));
        app.MapDelete("/oauth/register/{client}", DeleteAsync).RequireCors(Cors.Registration).Costs(cost);
    }

    private static Task<IResult> ReadAsync(
        HttpRequest http, string client, ClientConfigurationFlow flow, CancellationToken cancellationToken) =>
        flow.ReadAsync(http, client, cancellationToken);

    private static Task<IResult> ChangeAsync(
        HttpRequest http, string client, ClientConfigurationFlow flow, CancellationToken cancellationToken) =>
        flow.ChangeAsync(http, client, cancellationToken);

    private static Task<IResult> DeleteAsync(
        HttpRequest http, string client, ClientConfigurationFlow flow, CancellationToken cancellationToken) =>
        flow.DeleteAsync(http, client, cancellationToken);
}

internal sealed class ClientConfigurationFlow(
    ClientCache clients, RegistrationStore store, ConfigurationCache configuration, RateLimits limits, Settings settings,
    TimeProvider clock)
{
    /// <summary>How often concurrent changes may force an update to read the row again.</summary>
    private const int MaxTries = 5;

    /// <summary>
    /// Changes of this node are stored one after the other: concurrent changes of one registration would force each other to try again, and
    /// a stranger could multiply the work that each is charged for.
    /// </summary>
    private readonly SemaphoreSlim turn = new(1);

    private static readonly string[] SetByServer =
        ["registration_access_token", "registration_client_uri", "client_secret_expires_at", "client_id_issued_at"];

    public async Task<IResult> ReadAsync(HttpRequest http, string id, CancellationToken cancellationToken)
    {
        if (await FindAsync(http, id, cancellationToken) is not { } opened)
        {
            return OAuthJson.BearerError(RegistrationErrors.WrongRegistrationToken);
        }

        if (Charge(http, opened) is { } exceeded)
        {
            return OAuthJson.Refusal(OAuthErrorResponse.TooManyRequests(exceeded, "requests"));
        }

        return Answer(opened, opened.Client, RegistrationRequest.Of(opened.Client, opened.Own));
    }

    public async Task<IResult> ChangeAsync(HttpRequest http, string id, CancellationToken cancellationToken)
    {
        if (await FindAsync(http, id, cancellationToken) is not { } opened)
        {
            return OAuthJson.BearerError(RegistrationErrors.WrongRegistrationToken);
        }

        if (AdmissionError(opened) is not null)
        {
            return OAuthJson.Refusal(Of(opened, RegistrationErrors.NoLongerWelcome));
        }

        // An update rewrites the row, ends grants, and is kept in the history of the client, so it counts like a registration.
        if (limits.Registration(http.HttpContext) is { } exceeded)
        {
            return OAuthJson.Refusal(OAuthErrorResponse.TooManyRegistrations(exceeded, "changes of registrations"));
        }

        return await RegistrationRequest.ReadAsync(http, metadata => Read(metadata, opened.Client), cancellationToken) switch
        {
            RegistrationReading.Refused refused => OAuthJson.Refusal(Of(opened, refused.Refusal)),
            RegistrationReading.Valid valid => await StoreAsync(http, opened, valid.Registration, cancellationToken),
        };
    }

    public async Task<IResult> DeleteAsync(HttpRequest http, string id, CancellationToken cancellationToken)
    {
        if (await FindAsync(http, id, cancellationToken) is not { } opened)
        {
            return OAuthJson.BearerError(RegistrationErrors.WrongRegistrationToken);
        }

        if (Charge(http, opened) is { } exceeded)
        {
            return OAuthJson.Refusal(OAuthErrorResponse.TooManyRequests(exceeded, "requests"));
        }

        await store.WithdrawAsync(opened.Client.Id, clock.GetUtcNow(), cancellationToken);
        http.HttpContext.Response.Headers.CacheControl = "no-store";
        return TypedResults.NoContent();
    }

    /// <summary>
    /// A registration with an initial access token costs nothing here. Every other one was made by a stranger, and its token is one that
    /// the stranger has got for nothing, so it pays as requests without a credential do.
    /// </summary>
    private RateLimitExceeded? Charge(HttpRequest http, Opened opened)
    {
        if (opened.Own.MadeWith is null)
        {
            return limits.Spent(http.HttpContext);
        }

        limits.GiveBackRequest(http.HttpContext);
        return null;
    }

    private async Task<IResult> StoreAsync(
        HttpRequest http, Opened opened, RegistrationRequest registration, CancellationToken cancellationToken)
    {
        var bytes = RegistrationStore.StoredBytes(registration.ChangeOf(opened.Client, opened.Own, clock.GetUtcNow()));
        if (limits.Store(http.HttpContext, bytes, StoredKind.Registration) is { } exceeded)
        {
            return OAuthJson.Refusal(OAuthErrorResponse.TooManyRegistrations(exceeded, "changes of registrations"));
        }

        await turn.WaitAsync(cancellationToken);
        try
        {
            return await StoreInTurnAsync(http, opened, registration, cancellationToken);
        }
        finally
        {
            turn.Release();
        }
    }

    private async Task<IResult> StoreInTurnAsync(
        HttpRequest http, Opened opened, RegistrationRequest registration, CancellationToken cancellationToken)
    {
        for (var tries = 0; tries < MaxTries; tries++)
        {
            // The row may have changed while this request waited for its turn.
            if (await FindAsync(http, opened.Client.Id.Value, cancellationToken) is not { } present)
            {
                return OAuthJson.BearerError(RegistrationErrors.WrongRegistrationToken);
            }

            var changed = registration.ChangeOf(present.Client, present.Own, clock.GetUtcNow());
            switch (await store.ChangeAsync(
                changed, registration.Fingerprint(changed.ResourceId), ClientChange.Between(present.Client, changed), cancellationToken))
            {
                case RegistrationOutcome.Stored { Client: var stored }:
                    return Answer(present, stored, registration);
                case RegistrationOutcome.Blocked:
                    return OAuthJson.Refusal(Of(present, RegistrationErrors.Blocked));
            }
        }

        throw new Storage.StorageUnavailable("the registration was changed concurrently at every attempt");
    }

    private static OAuthErrorResponse Of(Opened opened, OAuthErrorResponse refusal) => refusal.With(
        Fact.Sent(FactNames.ClientId, opened.Client.Id.Value), Fact.Seen(FactNames.ClientName, opened.Client.Name));

    private RegistrationReading Read(JsonElement metadata, Client client) =>
        metadata.ValueKind == JsonValueKind.Object && ForbiddenMember(metadata, client) is { } refusal
            ? new RegistrationReading.Refused(refusal)
        : RegistrationRequest.Read(metadata, client.ResourceId, configuration.Current) switch
        {
            RegistrationReading.Valid { Registration.Class: var other } when other != client.Class =>
                new RegistrationReading.Refused(RegistrationErrors.OtherClass),
            var reading => reading,
        };

    private OAuthErrorResponse? ForbiddenMember(JsonElement metadata, Client client) =>
        Array.Find(SetByServer, name => RegistrationRequest.IsPresent(metadata, name)) is { } member ? RegistrationErrors.Forbidden(member)
        : RegistrationRequest.Text(metadata, "client_id") != client.Id.Value ? RegistrationErrors.ForeignClientId
        : RegistrationRequest.IsPresent(metadata, "client_secret") && !(RegistrationRequest.Text(metadata, "client_secret") is { } secret
            && ClientSecret.Matching(client.Secrets, new Secret(secret), clock.GetUtcNow()) is not null)
            ? RegistrationErrors.ForeignSecret
        : null;

    private OAuthErrorResponse? AdmissionError(Opened opened)
    {
        var snapshot = configuration.Current;
        return RegisterFlow.AdmissionError(
            opened.Client.ResourceId is { } home ? snapshot.Resources.Where(r => r.Id == home) : snapshot.Resources,
            opened.Own.MadeWith is not null);
    }

    private IResult Answer(Opened opened, Client client, RegistrationRequest registration) => OAuthJson.Ok(
        RegistrationResponse.Of(client, registration, secret: null, opened.Token, settings.BaseUrl),
        RegisterJson.Default.RegistrationResponse);

    /// <summary>Finds the registration of the token. Every other case gets the same response (RFC 7592 §2.1).</summary>
    private async Task<Opened?> FindAsync(HttpRequest http, string id, CancellationToken cancellationToken)
    {
        var bearers = BearerTokens.Of(http);
        return bearers.Count == 1
            && ClientId.Parse(id) is { DocumentUrl: null } clientId
            && await clients.FindAsync(clientId, cancellationToken) is { IsEnabled: true, Registration: { } own } client
            && new Secret(bearers[0]).Matches(own.TokenHash)
                ? new(client, own, new Secret(bearers[0]))
                : null;
    }

    /// <summary>A registration whose token was verified.</summary>
    private sealed record Opened(Client Client, OwnRegistration Own, Secret Token);
}
