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
        public string? Organization { get; init; }

        /// <summary>The client's own name; null when it imitates a known client: then only the host is shown.</summary>
        public string? ClientName { get; init; }

        /// <summary>The host of the client's document or redirect; "this device" for loopback and private-use schemes.</summary>
        public required string ClientHost { get; init; }

        /// <summary>The host that receives the response; "this device" for a local program.</summary>
        public required string AnswerHost { get; init; }

        /// <summary>When false, the page says that the client is not verified.</summary>
        public required bool IsTrusted { get; init; }

        /// <summary>When true, the page warns that the response goes to a program on this device.</summary>
        public required bool GoesToThisDevice { get; init; }
        public required string ResourceName { get; init; }
        public required string ResourceUri { get; init; }
        public required IReadOnlyList<ConsentScope> Scopes { get; init; }

        /// <summary>When true, at least one scope is offered unticked.</summary>
        public required bool MustChoose { get; init; }

        /// <summary>What access tokens tell about the person.</summary>
        public required IReadOnlyList<ConsentClaim> Learns { get; init; }

        /// <summary>Hidden input <c>claims</c>: <c>sub</c> and the names of <see cref="Learns"/> that the operator chose.</summary>
        public required string TokenClaims { get; init; }

        /// <summary>When false, the ticked scopes are a list with hidden inputs instead of checkboxes.</summary>
        public required bool CanUntick { get; init; }

        /// <summary>True when a refresh token will be issued: access lasts until revoked.</summary>
        public required bool KeepsAccess { get; init; }
        public required string Reference { get; init; }
    }

    /// <summary>The error page. It never shows input unescaped.</summary>
    /// <param name="Code">Stable code, listed in docs/wire.md. The value of <c>data-lk-error</c>.</param>
    /// <param name="Title">One short line.</param>
    /// <param name="Explanation">What happened.</param>
    /// <param name="Advice">What the user can do.</param>
    /// <param name="ForDevelopers">What the developer of the client or the login page can change, or null.</param>
    /// <param name="Reference">Short reference of the sign-in log; <c>data-lk-reference</c>.</param>
    /// <param name="ReturnUrl">Redirect URI with the OAuth error, behind a link (<c>a#return</c>), or null.</param>
    public sealed record Error(
        int Status,
        string Code,
        string Title,
        string Explanation,
        string Advice,
        string? ForDevelopers,
        string Reference,
        string? ReturnUrl) : PageView
    {
        /// <summary>The header <c>Retry-After</c>.</summary>
        public int? RetryAfterSeconds { get; init; }
    }

    /// <summary>The sign-in is finished and the window can be closed.</summary>
    public sealed record Finished(Brand Brand, string? ClientName) : PageView;

    /// <summary>Sends the response to the client as a form (<c>response_mode=form_post</c>), by script or by its button.</summary>
    public sealed record FormPost(string RedirectUri, IReadOnlyList<KeyValuePair<string, string>> Fields) : PageView;
}

/// <summary>Name and logo of a resource on its pages.</summary>
public sealed record Brand(string Name, string? LogoUri);

/// <param name="Name">The scope token. The value of the checkbox <c>scope</c>.</param>
/// <param name="Description">What the scope allows, as the operator described it.</param>
/// <param name="IsNew">The user has allowed this client other scopes before, but not this one.</param>
/// <param name="CanChange">When false, the scope has a hidden input instead of a checkbox.</param>
public sealed record ConsentScope(string Name, string Description, bool IsNew, bool IsTicked, bool CanChange);

/// <param name="Name">A claim of the access token. The value of <c>data-lk-claim</c>.</param>
/// <param name="Description">What it tells.</param>
public sealed record ConsentClaim(string Name, string Description);
