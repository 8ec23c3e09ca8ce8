using System.Text.Json;
using Latchkey.Server.Clients;
using Latchkey.Server.Configuration;
using Latchkey.Server.Limits;
using Latchkey.Server.Refusals;
using Latchkey.Server.Resources;
using Latchkey.Server.SignIns;

namespace Latchkey.Server.Registration;

/// <summary>
/// Dynamic client registration (RFC 7591 §3) at one resource or at the environment:
/// 1. the resource must allow registration; 2. an initial access token, where one is required or sent, must be valid (§3), and identifies
/// the resource; 3. the metadata is validated; 4. a public client that registers again gets its former id, because many clients register at
/// every connect; a confidential client, or one with an initial access token, gets a registration of its own (<see
/// cref="ClientConfigurationEndpoint"/>). Only this step counts a use of the token, and the rate limit counts only new clients: a known
/// client can always register again.
/// </summary>
internal static class RegisterEndpoint
{
    public static void Map(IEndpointRouteBuilder app)
    {
        ClientConfigurationEndpoint.Map(app);
        var cost = new RouteCost.Program(RouteCost.RowUnits);
        app.MapPost("/oauth/register", EnvironmentAsync).RequireCors(Cors.OAuth).Costs(cost);
        app.MapPost("/api/v1/resources/{resource}/clients:register", ResourceAsync).RequireCors(Cors.OAuth).Costs(cost);
    }

    private static Task<IResult> EnvironmentAsync(HttpRequest http, RegisterFlow flow, CancellationToken cancellationToken) =>
        flow.RegisterAsync(http, entry: null, cancellationToken);

    private static Task<IResult> ResourceAsync(
        HttpRequest http, string resource, RegisterFlow flow, ConfigurationCache configuration, CancellationToken cancellationToken) =>
        ResourceId.Parse(resource) is { } id && configuration.Current.Find(id) is { } found
            ? flow.RegisterAsync(http, found, cancellationToken)
            : Task.FromResult(OAuthJson.UnknownResource(configuration.Current.PathsLike(resource)));
}

/// <summary>Whether a caller may register a client; decided before the metadata is read.</summary>
internal abstract record RegistrationAdmission
{
    private RegistrationAdmission() { }

    /// <param name="Home">The resource of the client. Null when it is registered at the environment.</param>
    /// <param name="Token">The hash of the initial access token.</param>
    public sealed record Admitted(Resource? Home, InitialAccessTokenId? With, byte[]? Token) : RegistrationAdmission;

    public sealed record Refused(OAuthErrorResponse Refusal) : RegistrationAdmission;
}

internal sealed class RegisterFlow(
    RegistrationStore store, InitialAccessTokenStore initialTokens, ConfigurationCache configuration, RateLimits limits, Settings settings,
    TimeProvider clock)
{
    public async Task<IResult> RegisterAsync(HttpRequest http, Resource? entry, CancellationToken cancellationToken)
    {
        return await AdmitAsync(http, entry, cancellationToken) switch
        {
            RegistrationAdmission.Refused refused => OAuthJson.BearerError(refused.Refusal),
            RegistrationAdmission.Admitted admitted =>
                await RegistrationRequest.ReadAsync(http, body => Read(body, admitted), cancellationToken) switch
                {
                    RegistrationReading.Refused refused => OAuthJson.Refusal(refused.Refusal.With(ResourceOf(admitted.Home))),
                    RegistrationReading.Valid valid => await StoreAsync(http.HttpContext, valid.Registration, admitted, cancellationToken),
                },
        };
    }

    private static Fact[] ResourceOf(Resource? resource) => resource is null ? [] : [Fact.Seen(FactNames.Resource, resource.Uri)];

    private RegistrationReading Read(JsonElement metadata, RegistrationAdmission.Admitted admitted) =>
        RegistrationRequest.Read(metadata, admitted.Home?.Id, configuration.Current) switch
        {
            RegistrationReading.Refused refused => new RegistrationReading.Refused(refused.Refusal.With(NameIn(metadata))),
            var valid => valid,
        };

    /// <summary>The name of the client, as sent.</summary>
    private static Fact[] NameIn(JsonElement metadata) =>
        metadata.ValueKind == JsonValueKind.Object && metadata.TryGetProperty("client_name", out var name)
            && name.ValueKind == JsonValueKind.String
            ? [Fact.Sent(FactNames.ClientName, name.GetString()!)]
            : [];

    /// <summary>Checks the current registration policy. Returns null when at least one of the resources allows the registration.</summary>
    /// <param name="resources">The resource, or all of them.</param>
    public static OAuthErrorResponse? AdmissionError(IEnumerable<Resource> resources, bool hasInitialToken)
    {
        var open = resources.Where(r => r.AllowsRegistration).ToList();
        return open.Count == 0 ? RegistrationErrors.Closed
            : hasInitialToken || open.Exists(r => !r.RequiresInitialAccessToken) ? null
            : RegistrationErrors.NoInitialToken;
    }

    private async Task<RegistrationAdmission> AdmitAsync(HttpRequest http, Resource? entry, CancellationToken cancellationToken)
    {
        var snapshot = configuration.Current;
        var bearers = BearerTokens.Of(http);
        if (AdmissionError(entry is null ? snapshot.Resources : [entry], hasInitialToken: bearers.Count > 0) is { } refusal)
        {
            return new RegistrationAdmission.Refused(refusal);
        }

        if (bearers.Count == 0)
        {
            return new RegistrationAdmission.Admitted(entry, With: null, Token: null);
        }

        // A token that was sent must be valid, even where none is required.
        var hash = new Secret(bearers[0]).Hash();
        return bearers.Count == 1
            && bearers[0].StartsWith(Secret.InitialAccessTokenPrefix, StringComparison.Ordinal)
            && await initialTokens.FindAsync(hash, cancellationToken) is { } token
            && token.IsUsable(clock.GetUtcNow())
            && (entry is null || entry.Id == token.ResourceId)
            && snapshot.Find(token.ResourceId) is { AllowsRegistration: true } home
                ? new RegistrationAdmission.Admitted(home, token.Id, hash)
                : new RegistrationAdmission.Refused(RegistrationErrors.WrongInitialToken);
    }

    private async Task<IResult> StoreAsync(
        HttpContext http, RegistrationRequest registration, RegistrationAdmission.Admitted admitted, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var metadata = registration.Fingerprint(admitted.Home?.Id);
        var secret = registration.Class == ClientClass.Secret ? Secret.New(Secret.ClientSecretPrefix) : (Secret?)null;
        var own = registration.Class != ClientClass.Public || admitted.With is not null
            ? Secret.New(Secret.RegistrationAccessTokenPrefix)
            : (Secret?)null;
        var client = registration.NewClient(admitted.Home?.Id, secret, now) with
        {
            Registration = own is { } token ? new(token.Hash(), registration.ApplicationType, registration.Scope, admitted.With) : null,
        };
        if (own is null && await store.FindSharedAsync(metadata, now - NotingInterval, cancellationToken) is { } known)
        {
            return Registered(known, registration, secret, own);
        }

        var bytes = RegistrationStore.StoredBytes(client);
        var exceeded = TakeOf(http, bytes);
        if (exceeded is not null && (own is not null || !await store.IsSharedAsync(metadata, cancellationToken)))
        {
            return OAuthJson.Refusal(OAuthErrorResponse.TooManyRegistrations(exceeded, "registrations"));
        }

        var outcome = admitted.Token is { } initial ? await store.RegisterWithTokenAsync(client, metadata, initial, cancellationToken)
            : own is not null ? await store.RegisterOwnAsync(client, metadata, cancellationToken)
            : await store.RegisterSharedAsync(client, metadata, UnusedSince(now), cancellationToken);
        if (exceeded is null && outcome is RegistrationOutcome.Stored { Client.Id: var id } && id != client.Id)
        {
            limits.GiveBackRegistration(http);
            limits.GiveBackStored(http, bytes);
        }

        return outcome switch
        {
            RegistrationOutcome.Stored { Client: var stored } => Registered(stored, registration, secret, own),
            RegistrationOutcome.Blocked => OAuthJson.Refusal(
                RegistrationErrors.Blocked.With(Fact.Sent(FactNames.ClientName, registration.Name))),
            RegistrationOutcome.TokenSpent => OAuthJson.BearerError(RegistrationErrors.WrongInitialToken),
            RegistrationOutcome.Overtaken => throw new InvalidOperationException("a new registration was changed concurrently"),
        };
    }

    private IResult Registered(Client client, RegistrationRequest registration, Secret? secret, Secret? own) => OAuthJson.Created(
        RegistrationResponse.Of(client, registration, secret, own, settings.BaseUrl), RegisterJson.Default.RegistrationResponse);

    /// <summary>Takes one registration and its bytes, or nothing.</summary>
    private RateLimitExceeded? TakeOf(HttpContext http, int bytes)
    {
        if (limits.Registration(http) is { } tooMany)
        {
            return tooMany;
        }

        if (limits.Store(http, bytes, StoredKind.Registration) is not { } tooLarge)
        {
            return null;
        }

        limits.GiveBackRegistration(http);
        return tooLarge;
    }

    /// <summary>A registration that was used or repeated within this time is answered without a write.</summary>
    private TimeSpan NotingInterval => ClientCache.NotingIntervalOf(settings);

    private DateTimeOffset UnusedSince(DateTimeOffset now) =>
        settings.RegistrationLifetime > TimeSpan.Zero ? now - settings.RegistrationLifetime : DateTimeOffset.UnixEpoch;
}
