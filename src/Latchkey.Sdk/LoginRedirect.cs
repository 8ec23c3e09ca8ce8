namespace Latchkey.Sdk;

/// <summary>The URL to which the app must redirect the user's browser (303).</summary>
/// <remarks>
/// <see cref="RedirectUri"/> holds the proof that binds the report to this browser. A browser that opens it continues as the user:
/// never log it, never put it into a page, never send it to another browser. It works once, within two minutes.
/// </remarks>
public sealed class LoginRedirect
{
    internal LoginRedirect(Uri redirectUri, string? authRequestId)
    {
        RedirectUri = redirectUri;
        AuthRequestId = authRequestId?.Split('.')[0];
    }

    /// <summary>Latchkey's callback URL with <c>state</c> and the proof.</summary>
    public Uri RedirectUri { get; }

    /// <summary>The id of the auth request, <c>req_…</c>, without the proof: safe for logs and searches.
    /// Null if the response to a rejection has none.</summary>
    public string? AuthRequestId { get; }

    /// <summary>A text without the proof.</summary>
    /// <returns>The id of the auth request and <c>***</c>.</returns>
    public override string ToString() => $"{AuthRequestId} ***";
}
