namespace Latchkey.Server.Pages;

/// <summary>What a page of ours is told; a page decides nothing and looks nothing up.</summary>
public abstract record PageView
{
    private PageView() { }

    /// <summary>The question to the person: may this client have these permissions? Markup: docs/wire.md, "Pages".</summary>
    /// <param name="Action">Path the form posts to.</param>
    /// <param name="FormToken">Hidden input <c>form_token</c>: keyed hash over login request, binding cookie and stage.</param>
    /// <param name="Brand">The resource's name and logo, shown at the top.</param>
    /// <param name="UserName">Who is signed in: name, or e-mail when no name was reported.</param>
    /// <param name="UserEmail">Shown under the name.</param>
    /// <param name="Organization">Name of the person's organisation, when the company reported one.</param>
    /// <param name="ClientName">What the client calls itself; null when nobody may read it (a look-alike): then only the host is shown.</param>
    /// <param name="ClientHost">The host that vouches: of the client's metadata document or of the redirect; "this device" for loopback and private-use schemes.</param>
    /// <param name="AnswerHost">The host that the answer goes to; "this device" for a program there.</param>
    /// <param name="IsVouchedFor">False: the page says that nobody vouches for this client and that its name is its own claim.</param>
    /// <param name="GoesToThisDevice">True: the page says that the answer goes to a program on this device and to allow only what the person just started.</param>
    /// <param name="ResourceUri">The MCP server's address, under its name.</param>
    /// <param name="CanUntick">Whether scopes may be unticked; false renders them as a list with hidden inputs.</param>
    /// <param name="KeepsAccess">True when a refresh token will be issued: access lasts until taken back.</param>
    public sealed record Consent(
        string Action,
        string FormToken,
        Brand Brand,
        string UserName,
        string UserEmail,
        string? Organization,
        string? ClientName,
        string ClientHost,
        string AnswerHost,
        bool IsVouchedFor,
        bool GoesToThisDevice,
        string ResourceName,
        string ResourceUri,
        IReadOnlyList<ConsentScope> Scopes,
        bool CanUntick,
        bool KeepsAccess,
        string Reference) : PageView;

    /// <summary>Something stopped the sign-in. Says what happened and what to do, and never reflects input unescaped.</summary>
    /// <param name="Code">Stable code, listed in docs/wire.md; <c>data-lk-error</c>.</param>
    /// <param name="Title">One short line.</param>
    /// <param name="Explanation">What happened, in plain words.</param>
    /// <param name="Advice">What the person can do now.</param>
    /// <param name="ForDevelopers">What to change, for whoever builds the client or the login page; null when there is nothing to change.</param>
    /// <param name="Reference">Short reference of the journey; <c>data-lk-reference</c>.</param>
    /// <param name="ReturnUrl">Where the person may still go back to the client (<c>a#return</c>), carrying the OAuth error.</param>
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

    /// <summary>The sign-in is finished and the client has what it asked for: the window may be closed.</summary>
    public sealed record Finished(Brand Brand, string? ClientName) : PageView;

    /// <summary>The answer travels to the client as a form (<c>response_mode=form_post</c>): one button, pressed by a script when there is one.</summary>
    public sealed record FormPost(string RedirectUri, IReadOnlyList<KeyValuePair<string, string>> Fields) : PageView;
}

/// <summary>How a resource presents itself on its pages.</summary>
public sealed record Brand(string Name, string? LogoUri);

/// <param name="Name">The scope token; value of the checkbox <c>scope</c>.</param>
/// <param name="Description">What it allows, in the resource's words.</param>
/// <param name="IsNew">The person has not allowed this scope to this client before, though others.</param>
public sealed record ConsentScope(string Name, string Description, bool IsNew);
