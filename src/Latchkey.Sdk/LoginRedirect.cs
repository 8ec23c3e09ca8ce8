namespace Latchkey.Sdk;

/// <summary>Where the browser must go next. Answer the person's request with a redirect (303) there and nowhere else.</summary>
/// <remarks>
/// <see cref="RedirectUri"/> carries the proof that ties the report to this browser. Whoever has it continues as the person:
/// never log it, never put it into a page, never send it to another browser. It works once, for two minutes.
/// </remarks>
public sealed class LoginRedirect
{
    internal LoginRedirect(Uri redirectUri, string? authRequestId)
    {
        RedirectUri = redirectUri;
        AuthRequestId = authRequestId?.Split('.')[0];
    }

    /// <summary>Latchkey's callback, complete with <c>state</c> and the proof.</summary>
    public Uri RedirectUri { get; }

    /// <summary>The auth request, <c>req_…</c>: an ordinary id for logs and searches (the proof is cut off). Null after a reject that named none.</summary>
    public string? AuthRequestId { get; }

    /// <summary>Never prints the proof.</summary>
    /// <returns>The ordinary id and <c>***</c>.</returns>
    public override string ToString() => $"{AuthRequestId} ***";
}
