namespace Latchkey.Sdk;

/// <summary>The URL of Latchkey and the credential of the backend.</summary>
/// <remarks>The credential is an API client with the role <c>login</c>; it can report and reject logins at its
/// connections and nothing else.</remarks>
public sealed class LatchkeyOptions
{
    /// <summary>Latchkey's base URL without a trailing slash, for example <c>https://auth.example.com</c>.
    /// https, or http on loopback.</summary>
    public Uri? BaseUrl { get; set; }

    /// <summary>The id of the API client, <c>skc_…</c>.</summary>
    public string ClientId { get; set; } = "";

    /// <summary>The secret of the API client, <c>lks_…</c>. Keep it out of source control and logs.</summary>
    public string ClientSecret { get; set; } = "";

    /// <summary>The connection of this login page, <c>conn_…</c>. Used by the calls without a connection parameter.</summary>
    public string ConnectionId { get; set; } = "";

    /// <summary>The timeout of one HTTP request to Latchkey. The default is 10 seconds.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Accepts an http <see cref="BaseUrl"/> that is not loopback. The client secret and the report are then sent in clear text:
    /// use this in a trusted network only. The default is false.
    /// </summary>
    public bool DangerousAllowCleartext { get; set; }

    /// <summary>Returns an error message, or null if the options are valid.</summary>
    internal string? Validate()
    {
        if (BaseUrl is not { IsAbsoluteUri: true, Scheme: "https" or "http" } url)
        {
            return "Latchkey: BaseUrl must be the absolute https URL of the Latchkey server.";
        }

        if (url.Scheme is "http" && !url.IsLoopback && !DangerousAllowCleartext)
        {
            return $"Latchkey: BaseUrl {url} is http, so the client secret would be sent in clear text. "
                + "Use https, or set DangerousAllowCleartext.";
        }

        if (ClientId.Length == 0 || ClientSecret.Length == 0)
        {
            return "Latchkey: ClientId and ClientSecret are required. Create an API client with the role login.";
        }

        return Timeout <= TimeSpan.Zero ? "Latchkey: Timeout must be greater than zero." : null;
    }
}
