using Latchkey.Server.Languages;

namespace Latchkey.Server.Pages;

/// <summary>The data of a page. A page makes no decisions and reads no other data.</summary>
public abstract record PageView
{
    private PageView() { }

    /// <summary>The consent page. Its markup is documented in docs/wire.md, "Pages".</summary>
    public sealed record Consent : PageView
    {
        /// <summary>The path that the form posts to.</summary>
        public required string Action { get; init; }

        /// <summary>Hidden input <c>form_token</c> against CSRF: keyed hash of login request, binding cookie and stage.</summary>
        public required string FormToken { get; init; }
        public required Brand Brand { get; init; }

        /// <summary>The name of the signed-in user, or the e-mail address when no name was reported.</summary>
        public required string UserName { get; init; }
        public required string UserEmail { get; init; }

        /// <summary>The organisation that the page shows without a choice.</summary>
        public string? Organization { get; init; }

        /// <summary>The organisations that the person chooses one of. Empty when there is no choice.</summary>
        public IReadOnlyList<OrganizationChoice> Organizations { get; init; } = [];

        /// <summary>The client's own name; null when it cannot be shown: then the host stands in its place.</summary>
        public string? ClientName { get; init; }

        /// <summary>True when the name is not shown because it looks like that of a well-known client.</summary>
        public bool NameImitates { get; init; }

        /// <summary>The host of the client's document or redirect; "this device" for loopback and private-use schemes.</summary>
        public required string ClientHost { get; init; }

        /// <summary>Where the response goes.</summary>
        public required ResponseTarget Target { get; init; }

        /// <summary>When false, the page says that the client is not verified.</summary>
        public required bool IsTrusted { get; init; }

        /// <summary>When true, the page warns that the response goes to a program on this device.</summary>
        public bool GoesToThisDevice => Target.Kind != ResponseTargetKind.Web;

        /// <summary>True when the client's document is on another host than the one that gets the response.</summary>
        public bool HasTwoHosts => Target.Kind == ResponseTargetKind.Web && ClientHost != Target.Name;

        /// <summary>True when a client of the device has a document on a host.</summary>
        public bool IsDescribedElsewhere => ClientHost != ResponseTarget.ThisDevice && ClientHost != Target.Name;
        public required string ResourceName { get; init; }
        public required string ResourceUri { get; init; }
        public required IReadOnlyList<ConsentScope> Scopes { get; init; }

        /// <summary>Null when the page offers no presets.</summary>
        public PresetChoices? Presets { get; init; }

        /// <summary>When true, the person has to choose, because neither the client nor the operator did.</summary>
        public required bool MustChoose { get; init; }

        /// <summary>What access tokens tell about the person.</summary>
        public required IReadOnlyList<ConsentClaim> Learns { get; init; }

        /// <summary>Hidden input <c>claims</c>: <c>sub</c> and the names of <see cref="Learns"/> that the operator chose.</summary>
        public required string TokenClaims { get; init; }

        /// <summary>When false, the ticked scopes are a list with hidden inputs instead of checkboxes.</summary>
        public required bool CanUntick { get; init; }

        /// <summary>When true, the page asks whether to remember the decision.</summary>
        public bool CanRemember { get; init; }

        public required AccessLifetime Lasts { get; init; }

        /// <summary>True for a resource without scopes, where every client that is allowed can do everything.</summary>
        public required bool IsUndivided { get; init; }
        public required string Reference { get; init; }
    }

    /// <summary>The error page. It never shows input unescaped.</summary>
    /// <param name="Code">Stable code, listed in docs/wire.md. The value of <c>data-lk-error</c>.</param>
    /// <param name="ForDevelopers">What the developer of the client or the login page can change, in English, or null.</param>
    /// <param name="Reference">Short reference of the sign-in log; <c>data-lk-reference</c>.</param>
    /// <param name="Return">The way back to the client, with the OAuth error, or null.</param>
    public sealed record Error(
        int Status,
        string Code,
        Func<RefusalTexts, RefusalText> Text,
        string? ForDevelopers,
        string Reference,
        ReturnToClient? Return) : PageView
    {
        /// <summary>Of the resource that the person wanted to reach. Null when it is not known.</summary>
        public Brand? Brand { get; init; }

        /// <summary>The header <c>Retry-After</c>.</summary>
        public int? RetryAfterSeconds { get; init; }

        /// <summary>The error code of OAuth with the same meaning (<c>data-lk-oauth-error</c>), or null.</summary>
        public string? OAuthCode { get; init; }

        /// <summary>The URL that begins the same sign-in anew (<c>a#again</c>), or null.</summary>
        public string? StartAgain { get; init; }
    }

    /// <summary>The page at the root of the server.</summary>
    public sealed record Home(string Version) : PageView;

    /// <summary>The sign-in is finished and the window can be closed.</summary>
    /// <param name="Path">The path of the page, for links to other languages.</param>
    public sealed record Finished(Brand Brand, string Path) : PageView;

    /// <summary>The response is ready, and goes on to a program of the device only when the person presses the link.</summary>
    /// <param name="Path">The path of the page, for links to other languages.</param>
    public sealed record Continue(Brand Brand, ReturnToClient Return, string Path) : PageView;

    /// <summary>Sends the response to the client as a form (<c>response_mode=form_post</c>), by script or by its button.</summary>
    public sealed record FormPost(string RedirectUri, IReadOnlyList<KeyValuePair<string, string>> Fields) : PageView;
}

/// <summary>
/// An authorization response behind a link (<c>a#return</c>), or, with fields, behind the button of a form (<c>form#return</c>).
/// </summary>
/// <param name="Target">Where it goes.</param>
public sealed record ReturnToClient(string Url, IReadOnlyList<KeyValuePair<string, string>>? Fields, ResponseTarget Target);

/// <param name="Name">
/// The host; the scheme with its colon for <see cref="ResponseTargetKind.App"/>; <see cref="ThisDevice"/> for loopback.
/// </param>
public sealed record ResponseTarget(ResponseTargetKind Kind, string Name)
{
    /// <summary>Stands in the place of a host in data and in the sign-in log. A page shows the words of its language.</summary>
    internal const string ThisDevice = "this device";
}

/// <summary>Where an authorization response goes.</summary>
public enum ResponseTargetKind
{
    /// <summary>A host of the web.</summary>
    Web,

    /// <summary>A program of the user's device that listens at a loopback address.</summary>
    Loopback,

    /// <summary>A program of the user's device that opens links of a private-use scheme.</summary>
    App,

    /// <summary>A web page that forwards the response to a program of the user's device.</summary>
    Forwarder,
}

/// <summary>How a resource looks on its pages.</summary>
public sealed record Brand(string Name)
{
    /// <summary>The path of the logo on this server. Null: the first letter of the name.</summary>
    public string? LogoPath { get; init; }

    /// <summary><c>#</c> and six hexadecimal digits, or null.</summary>
    public string? Color { get; init; }

    /// <summary>An e-mail address or a URL.</summary>
    public string? SupportContact { get; init; }

    /// <summary>The URL of the privacy notice.</summary>
    public string? PrivacyUri { get; init; }
}

/// <param name="Name">The scope token. The value of the checkbox <c>scope</c>.</param>
/// <param name="Description">What the scope allows, as the operator described it. Null for a scope of OpenID Connect.</param>
/// <param name="IsNew">The user has allowed this client other scopes before, but not this one.</param>
/// <param name="CanChange">When false, the scope has a hidden input instead of a checkbox.</param>
public sealed record ConsentScope(string Name, string? Description, bool IsNew, bool IsTicked, bool CanChange)
{
    /// <summary>The page shows the scope apart from the others.</summary>
    public bool IsSensitive { get; init; }

    /// <summary>The heading above the scope.</summary>
    public string? Group { get; init; }
}

/// <param name="Id">The value of <c>organization</c>.</param>
public sealed record OrganizationChoice(string Id, string Name);

/// <summary>A scope in the sentence of a preset.</summary>
/// <param name="Description">As in <see cref="ConsentScope"/>.</param>
public sealed record PresetScope(string Name, string? Description);

/// <summary>The presets of the consent page.</summary>
/// <param name="Read">What the preset <c>read</c> allows.</param>
/// <param name="Asked">What the preset <c>asked</c> allows.</param>
/// <param name="First">The value of the one that is chosen at first. Null when the person has to choose one.</param>
public sealed record PresetChoices(IReadOnlyList<PresetScope> Read, IReadOnlyList<PresetScope> Asked, string? First);

/// <param name="Name">A claim of the access token. The value of <c>data-lk-claim</c>.</param>
/// <param name="IsEmail">The account is named by the e-mail address.</param>
/// <param name="CanUntick">An unticked scope withholds the claim.</param>
public sealed record ConsentClaim(string Name, bool IsEmail, bool CanUntick);

/// <summary>How long the access that a page offers lasts.</summary>
/// <param name="KeepsAccess">Access lasts until it is ended, by a refresh token.</param>
/// <param name="Idle">Access that is not used ends after this time.</param>
public sealed record AccessLifetime(bool KeepsAccess, TimeSpan AtMost, TimeSpan Idle);
