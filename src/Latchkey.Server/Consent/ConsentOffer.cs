using Latchkey.Server.Clients;
using Latchkey.Server.Grants;
using Latchkey.Server.LoginRequests;
using Latchkey.Server.Pages;
using Latchkey.Server.Resources;

namespace Latchkey.Server.Consent;

/// <summary>What the consent page offers and what a decision grants: exactly what was requested, shown and ticked.</summary>
internal sealed record ConsentOffer(
    LoginRequest.AwaitingConsent Request, Client Client, Resource Resource, FormerConsent? Former, ClientTrust ClientTrust)
{
    /// <summary>
    /// The requested scopes that the resource still grants, and the identity scopes. <c>offline_access</c> has a sentence of its own.
    /// </summary>
    public Scope Shown { get; } = Scope.Parse(Request.Details.Request.Scope)
        .Where(s => Resource.GrantableScope.Contains(s) || Scope.IsIdentity(s));

    private bool RequestsOfflineAccess => Scope.Parse(Request.Details.Request.Scope).Contains(Scope.OfflineAccess);

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
        var redirectUri = Request.Details.Request.RedirectUri;
        return new()
        {
            Action = NextStep.ConsentPath(Request.Details.Id),
            FormToken = formToken,
            Brand = new Brand(Resource.Name, Resource.LogoUri),
            UserName = user.DisplayName,
            UserEmail = user.Email,
            Organization = user.OrganizationName ?? user.OrganizationId,
            ClientName = ClientTrust.NameOf(Client, redirectUri),
            ClientHost = ClientTrust.HostOf(Client, redirectUri),
            AnswerHost = ClientTrust.HostOf(redirectUri),
            IsTrusted = ClientTrust.IsTrusted(Client, Resource, redirectUri),
            GoesToThisDevice = RedirectUri.GoesToThisDevice(redirectUri),
            ResourceName = Resource.Name,
            ResourceUri = Resource.Uri,
            Scopes =
            [
                .. Shown.Select(s => new ConsentScope(
                    s,
                    Scope.IsIdentity(s) ? Texts.Identity(s) : Resource.DescriptionOf(s),
                    IsNew: Former is { } former && !former.Scope.Contains(s))),
            ],
            CanUntick = Resource.ScopesCanBeUnticked,
            KeepsAccess = GrantPolicy.IssuesRefreshToken(Client, Scope.Parse(Request.Details.Request.Scope)),
            Reference = reference,
        };
    }
}
