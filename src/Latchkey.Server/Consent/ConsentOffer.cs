using System.Text.Json;
using System.Text.Json.Serialization;
using Latchkey.Server.Clients;
using Latchkey.Server.Connections;
using Latchkey.Server.Grants;
using Latchkey.Server.LoginRequests;
using Latchkey.Server.Pages;
using Latchkey.Server.Resources;

namespace Latchkey.Server.Consent;

/// <summary>
/// What the consent page offers and what a decision grants: exactly what was requested, shown and ticked. A token tells the claims that the
/// page named; those of an identity scope only if it is ticked.
/// </summary>
internal sealed record ConsentOffer(
    LoginRequest.AwaitingConsent Request, Client Client, Resource Resource, FormerConsent? Former, ClientTrust ClientTrust)
{
    /// <summary>What the client can still get of the scopes that it was offered.</summary>
    private Scope Offered { get; } = OfferedScope.Grantable(Client, Resource, Scope.Parse(Request.Details.Request.Scope));

    /// <summary>The scopes that the person has to choose.</summary>
    private Scope Unticked { get; } = Scope.Parse(Request.Details.Request.UntickedScope);

    /// <summary>The offered scopes except <c>offline_access</c>, which has a sentence of its own.</summary>
    private Scope Shown => Offered.Where(s => s != Scope.OfflineAccess);

    /// <summary>Null when the page offers no presets.</summary>
    public ConsentPresets? Presets
    {
        get
        {
            presets ??= [ConsentPresets.Of(Resource, Shown, CanChange)];
            return presets[0];
        }
    }

    /// <summary>One entry, as soon as it is known.</summary>
    private ConsentPresets?[]? presets;

    /// <summary>The scopes that are granted. Empty when the person allowed nothing.</summary>
    /// <param name="ticked">Decides when <paramref name="preset"/> is null or <c>choose</c>.</param>
    public Scope Granted(string? preset, IEnumerable<string> ticked)
    {
        var asked = Presets?.Find(preset) ?? Scope.Of(ticked);
        var scope = Shown.Where(s => asked.Contains(s) || !CanChange(s));
        return Offered.Contains(Scope.OfflineAccess) && (scope.Count > 0 || Shown.Count == 0 || IsUndivided)
            ? scope.Plus(Scope.Parse(Scope.OfflineAccess))
            : scope;
    }

    /// <summary>Every scope that was requested has been disabled since, or taken from the client.</summary>
    public bool IsGone => Offered.Count == 0 && Scope.Parse(Request.Details.Request.Scope).Count > 0;

    /// <summary>The resource has no scopes, so every client that gets a token can do everything there.</summary>
    private bool IsUndivided => Resource.GrantableScope.Count == 0;

    public bool IsNothing(Scope granted) => Shown.Count > 0 && granted.Count == 0 && !IsUndivided;

    private AccessLifetime Lasts => new(KeepsAccess, LastsAtMost, Resource.RefreshTokenLifetime);

    private bool AsksForOrganization => Resource.OrganizationSelection == OrganizationSelection.One;

    /// <summary>The organisations that the person chooses one of. Empty when there is no choice.</summary>
    public IReadOnlyList<ReportedOrganization> Organizations =>
        AsksForOrganization && Request.Report.User.EveryOrganization is { Count: > 1 } several ? several : [];

    /// <summary>The organisation that a grant is for without a choice: the only one. Null when the resource does not ask.</summary>
    public ReportedOrganization? OnlyOrganization =>
        AsksForOrganization && Request.Report.User.EveryOrganization is [var only] ? only : null;

    /// <summary>The name of the organisation that the page shows without a choice.</summary>
    private string? OrganizationName
    {
        get
        {
            var user = Request.Report.User;
            return Organizations.Count > 0 ? null
                : AsksForOrganization ? OnlyOrganization?.DisplayName
                : user.OrganizationName ?? user.OrganizationId ?? (user.Organizations is [var only] ? only.DisplayName : null);
        }
    }

    /// <summary>The claims about the person that tokens of this decision may carry.</summary>
    /// <param name="shown">The claims that the page named, as its form sends them. Null when it does not.</param>
    public IReadOnlyList<TokenClaim> Claims(Scope granted, string? shown)
    {
        var named = shown is null ? Resource.TokenClaims : TokenClaims.Parse(shown);
        return [.. Resource.TokenClaims.Where(c => named.Contains(c) && (ScopeOf(c) is not { } scope || granted.Contains(scope)))];
    }

    /// <summary>A refresh token would be issued, so access lasts until it is revoked.</summary>
    public bool KeepsAccess => GrantPolicy.IssuesRefreshToken(Client, Offered);

    /// <summary>The time after which access ends in any case.</summary>
    public TimeSpan LastsAtMost => KeepsAccess ? Resource.GrantLifetime : Resource.AccessTokenLifetime;

    private bool CanChange(string scope) =>
        Unticked.Contains(scope) || Resource.CanLeaveOut(scope);

    private bool IsSensitive(string scope) => Resource.FindScope(scope)?.IsSensitive == true;

    /// <summary>The shown scope that the claim depends on. Null when the resource alone decides.</summary>
    private string? ScopeOf(TokenClaim claim)
    {
        var scope = claim switch
        {
            TokenClaim.Email => Scope.Email,
            TokenClaim.Name => Scope.Profile,
            _ => null,
        };
        return scope is not null && Shown.Contains(scope) ? scope : null;
    }

    /// <summary>What a scope allows, as the operator described it. Null where the page has a sentence of its language.</summary>
    private string? DescriptionOf(string scope) => Scope.IsIdentity(scope) ? null : Resource.DescriptionOf(scope);

    private List<PresetScope> ScopesOf(Scope scope) => [.. scope.Select(s => new PresetScope(s, DescriptionOf(s)))];

    private IEnumerable<ConsentClaim> Learns() =>
    [
        new("sub", Request.Report.User.SubjectHoldsEmail, CanUntick: false),
        .. Request.Report.Facts == new LoginFacts() ? Array.Empty<ConsentClaim>() : [new("auth_time", IsEmail: false, CanUntick: false)],
        .. from named in TokenClaims.Words
           where Resource.TokenClaims.Contains(named.Claim) && named.Claim != TokenClaim.Permissions
           select new ConsentClaim(
               named.Word, IsEmail: false,
               CanUntick: ScopeOf(named.Claim) is { } scope && CanChange(scope) && !IsToldAnyway(named.Claim)),
    ];

    /// <summary>The claim's tick withholds the claim, but <c>sub</c> or <c>custom_claims</c> tells the same.</summary>
    private bool IsToldAnyway(TokenClaim claim)
    {
        var user = Request.Report.User;
        var told = claim switch
        {
            TokenClaim.Email => user.Email,
            TokenClaim.Name => user.ReportedName,
            _ => null,
        };
        return (claim == TokenClaim.Email && user.SubjectHoldsEmail)
            || (told is not null && Resource.TokenClaims.Contains(TokenClaim.CustomClaims) && user.AttributesHold(told));
    }

    /// <summary>
    /// Everything that the page tells about the decision, as one text. A decision counts only for what is still the same, because an
    /// operator or the client may change it while the page is open.
    /// </summary>
    public string Facts() => JsonSerializer.Serialize(
        [
            ClientTrust.NameOf(Client, Request.Details.Request.RedirectUri) ?? "",
            ClientTrust.HostOf(Client, Request.Details.Request.RedirectUri),
            ClientTrust.IsTrusted(Client, Resource, Request.Details.Request.RedirectUri) ? "trusted" : "",

            // Not on the page, but with other keys it is another client.
            Client.Keys?.Jwks ?? Client.Keys?.JwksUri ?? "",
            Resource.Name, Resource.Uri,
            Presets is null ? "" : "presets",
            IsUndivided ? "undivided" : "",
            Organizations.Count > 0 ? "organizations" : OrganizationName ?? "",

            // In a form that does not depend on the language of the page.
            $"{KeepsAccess} {LastsAtMost} {(KeepsAccess ? Resource.RefreshTokenLifetime : TimeSpan.Zero)}",

            // Where the person ticks them, the ticks name them. A preset does not. An identity scope that is not ticked withholds claims.
            .. Shown.Where(s => Presets is not null || !CanChange(s) || Scope.IsIdentity(s)).Order(StringComparer.Ordinal),

            // Also of a scope that was disabled since: without it the decision is smaller, and needs no other page.
            .. Scope.Parse(Request.Details.Request.Scope).Order(StringComparer.Ordinal).Select(FactsOf),
        ],
        FactsJson.Default.StringArray);

    /// <summary>
    /// Whether the person may choose not to be asked again, and whether such a choice counts for this request. Never for a client on the
    /// device, where another program could take its place; never with <c>state_only</c>; never when a page of another site began, or the
    /// client asks for the page or a fresh login (<c>prompt</c>); never where the person chooses an organisation.
    /// </summary>
    public bool CanRemember =>
        Resource.RemembersConsent
        && Request.Details.Verification == CallbackVerification.Required
        && Request.Details.Request is { IsBegunByPerson: true, Prompt: null }
        && ClientTrust.TargetOf(Request.Details.Request.RedirectUri).Kind == ResponseTargetKind.Web
        && Organizations.Count == 0;

    /// <summary>The remembered consent that answers this request. Null when the person is asked.</summary>
    public RememberedConsent? Remembered =>
        CanRemember && Former?.Remembered is { } remembered
        && Remember(Scope.Parse(remembered.Granted), remembered.Claims, remembered.At) == remembered
            ? remembered
            : null;

    /// <summary>The consent to remember for this decision.</summary>
    public RememberedConsent Remember(Scope granted, string claims, DateTimeOffset now) => new()
    {
        RedirectHost = ClientTrust.TargetOf(Request.Details.Request.RedirectUri).Name,
        Offered = string.Join(' ', Offered.Order(StringComparer.Ordinal)),
        Granted = granted.ToString(),
        Claims = $"sub {TokenClaims.Write(TokenClaims.Parse(claims))}".TrimEnd(),
        Organization = OnlyOrganization?.ExternalId,
        Told = RememberedConsent.HashOf($"{Facts()}\n{NamedClaims}\n{string.Join(' ', Client.RedirectUris)}"),
        At = now,
    };

    /// <summary>Hidden input <c>claims</c>. Never empty, so that the form always says which claims the page named.</summary>
    private string NamedClaims => $"sub {TokenClaims.Write(Resource.TokenClaims)}".TrimEnd();

    private string FactsOf(string scope) => string.Join(
        '\n',
        Resource.DescriptionOf(scope),
        CanChange(scope) ? "may be unticked" : "",
        Resource.FindScope(scope) is { } s ? $"{s.Access} {(s.IsSensitive ? "sensitive" : "")} {s.Group}" : "");

    public PageView.Consent View(string formToken, string reference)
    {
        var user = Request.Report.User;
        var redirectUri = Request.Details.Request.RedirectUri;
        return new()
        {
            Action = NextStep.ConsentPath(Request.Details.Id),
            FormToken = formToken,
            Brand = Resource.Brand,
            UserName = user.DisplayName,
            UserEmail = user.Email,
            Organization = OrganizationName,
            Organizations = [.. Organizations.Select(o => new OrganizationChoice(o.ExternalId, o.DisplayName))],
            ClientName = ClientTrust.NameOf(Client, redirectUri),
            NameImitates = ClientTrust.Imitates(Client, redirectUri),
            ClientHost = ClientTrust.HostOf(Client, redirectUri),
            Target = ClientTrust.TargetOf(redirectUri),
            IsTrusted = ClientTrust.IsTrusted(Client, Resource, redirectUri),
            ResourceName = Resource.Name,
            ResourceUri = Resource.Uri,
            Scopes =
            [
                .. Shown.Select(s => new ConsentScope(
                    s,
                    DescriptionOf(s),
                    IsNew: Former is { } former && !former.Scope.Contains(s),
                    IsTicked: !Unticked.Contains(s) && !IsSensitive(s),
                    CanChange: CanChange(s))
                {
                    IsSensitive = IsSensitive(s),
                    Group = Resource.FindScope(s)?.Group,
                }),
            ],
            Presets = Presets is { } presets
                ? new(ScopesOf(presets.Read), ScopesOf(presets.Asked), presets.FirstName)
                : null,
            MustChoose = Shown.Any(Unticked.Contains),
            CanUntick = Shown.Any(s => CanChange(s) && !IsSensitive(s)),
            Learns = [.. Learns()],
            TokenClaims = NamedClaims,
            CanRemember = CanRemember,
            Lasts = Lasts,
            IsUndivided = IsUndivided,
            Reference = reference,
        };
    }
}

[JsonSerializable(typeof(string[]))]
internal sealed partial class FactsJson : JsonSerializerContext;
