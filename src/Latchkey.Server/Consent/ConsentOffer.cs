using Latchkey.Server.Authorize;
using Latchkey.Server.ClientDocuments;
using Latchkey.Server.Clients;
using Latchkey.Server.OAuth;
using Latchkey.Server.Pages;
using Latchkey.Server.Resources;
using Latchkey.Server.Token;

namespace Latchkey.Server.Consent;

/// <summary>What the consent page offers and what a decision grants: exactly what was requested, shown and ticked.</summary>
internal sealed record ConsentOffer(AuthRequest.AwaitingConsent Request, Client Client, Resource Resource, FormerConsent? Former, Vouching Vouching)
{
    /// <summary>
    /// The requested scopes that the resource still grants, and the identity scopes. <c>offline_access</c> has a sentence of its own.
    /// </summary>
    public Scope Shown { get; } = Scope.Parse(Request.Visit.Request.Scope).Where(s => Resource.GrantableScope.Contains(s) || Scope.IsIdentity(s));

    private bool RequestsOfflineAccess => Scope.Parse(Request.Visit.Request.Scope).Contains(Scope.OfflineAccess);

    /// <summary>The scopes that are granted when <paramref name="ticked"/> are ticked. Empty when the person allowed nothing.</summary>
    public Scope Granted(IEnumerable<string> ticked)
    {
        var scope = Resource.ScopesCanBeUnticked ? Shown.And(Scope.Of(ticked)) : Shown;
        return RequestsOfflineAccess && scope.Count > 0 ? scope.Plus(Scope.Parse(Scope.OfflineAccess)) : scope;
    }

    public bool IsNothing(Scope granted) => Shown.Count > 0 && granted.Count == 0;

    public PageView.Consent View(string formToken, string reference)
    {
        var user = Request.Report.User;
        var redirectUri = Request.Visit.Request.RedirectUri;
        var isThisDevice = RedirectUri.GoesToThisDevice(redirectUri);
        return new(
            ConsentEndpoint.PathOf(Request.Visit.Id),
            formToken,
            new Brand(Resource.Name, Resource.LogoUri),
            user.DisplayName,
            user.Email,
            user.OrganizationName ?? user.OrganizationId,
            Vouching.NameOf(Client, redirectUri),
            Vouching.HostOf(Client, redirectUri),
            Vouching.HostOf(redirectUri),
            Vouching.IsVouchedFor(Client, Resource, redirectUri),
            isThisDevice,
            Resource.Name,
            Resource.Uri,
            [.. Shown.Select(s => new ConsentScope(s, Scope.IsIdentity(s) ? Texts.Identity(s) : Resource.DescriptionOf(s), IsNew: Former is { } former && !former.Scope.Contains(s)))],
            Resource.ScopesCanBeUnticked,
            GrantPolicy.IssuesRefreshToken(Client, Scope.Parse(Request.Visit.Request.Scope)),
            reference);
    }
}
