namespace Latchkey.Server.LoginRequests;

/// <summary>
/// What a login request is for. It decides where the browser goes after the callback (<see cref="NextStep"/>), and which present policy
/// holds (<see cref="PresentPolicy"/>). The hand-off until then is the same for all: cookie, state, report, proof and verification mode.
/// Only <see cref="Authorization"/> has a client, reaches the consent page and can become a code; every other one ends at a page of this
/// server. A new purpose is a case here, a row form in <see cref="LoginRequestRow"/>, and the arms that the compiler asks for.
/// </summary>
internal abstract record LoginPurpose
{
    private LoginPurpose() { }

    /// <summary>The name in the API, in the sign-in log and in the database.</summary>
    public abstract string Name { get; }

    /// <summary>The name in the summary of the sign-in. Null for an authorization: only these count in the overview.</summary>
    public string? Recorded => this is Authorization ? null : Name;

    /// <summary>The network and program of the browser that began (<see cref="Network.Presenter"/>), if it is known.</summary>
    public abstract string? BegunBy { get; }

    /// <summary>An authorization request of a client.</summary>
    public sealed record Authorization(ClientId ClientId, ResourceId ResourceId, AuthorizationRequest Request) : LoginPurpose
    {
        public const string StoredName = "authorization";

        public override string Name => StoredName;

        public override string? BegunBy => Request.BegunBy;
    }

    /// <summary>An operator's trial of a login page. It ends at the dashboard, in the session in which it began.</summary>
    /// <param name="Session">The session of the operator.</param>
    /// <param name="Browser">The network and program of its browser.</param>
    public sealed record Test(OperatorSessionId Session, string? Browser) : LoginPurpose
    {
        public const string StoredName = "test";

        public override string Name => StoredName;

        public override string? BegunBy => Browser;
    }

    /// <summary>
    /// A person's sign-in to the page of connected programs. It ends at that page, in the browser in which it began, and is its session.
    /// </summary>
    /// <param name="Browser">The network and program of the browser.</param>
    public sealed record Account(string? Browser) : LoginPurpose
    {
        public const string StoredName = "account";

        /// <summary>How long the session lasts.</summary>
        public static readonly TimeSpan SessionLifetime = TimeSpan.FromMinutes(30);

        public override string Name => StoredName;

        public override string? BegunBy => Browser;
    }
}
