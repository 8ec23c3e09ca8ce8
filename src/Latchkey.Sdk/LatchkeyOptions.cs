namespace Latchkey.Sdk;

/// <summary>Where Latchkey is and as whom the backend speaks to it.</summary>
/// <remarks>The credential is an API client with the role <c>login</c>; it may report and reject logins at its connections and do nothing else.</remarks>
public sealed class LatchkeyOptions
{
    /// <summary>Latchkey's base URL without a trailing slash, for example <c>https://auth.example.com</c>. https, or http on loopback.</summary>
    public Uri? BaseUrl { get; set; }

    /// <summary>Id of the API client, <c>skc_…</c>.</summary>
    public string ClientId { get; set; } = "";

    /// <summary>Secret of the API client, <c>lks_…</c>. Keep it out of source control and logs.</summary>
    public string ClientSecret { get; set; } = "";

    /// <summary>The connection whose login page this is, <c>conn_…</c>. Used by every call that names none.</summary>
    public string ConnectionId { get; set; } = "";

    /// <summary>How long one HTTP exchange with Latchkey may take. Default 10 seconds.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Accepts an http <see cref="BaseUrl"/> that is not loopback. The client secret and the report travel in clear text then:
    /// only for a network that nobody else can read. Default false.
    /// </summary>
    public bool DangerousAllowCleartext { get; set; }

    /// <summary>The sentence that says what to fix, or null when the options can be used.</summary>
    internal string? WhatIsWrong()
    {
        if (BaseUrl is not { IsAbsoluteUri: true, Scheme: "https" or "http" } url)
        {
            return "Latchkey: BaseUrl must be the absolute https URL of the Latchkey server.";
        }

        if (url.Scheme is "http" && !url.IsLoopback && !DangerousAllowCleartext)
        {
            return $"Latchkey: BaseUrl {url} is http, so the client secret would travel in clear text. Use https, or set DangerousAllowCleartext.";
        }

        if (ClientId.Length == 0 || ClientSecret.Length == 0)
        {
            return "Latchkey: ClientId and ClientSecret must be those of an API client with the role login.";
        }

        return Timeout <= TimeSpan.Zero ? "Latchkey: Timeout must be longer than zero." : null;
    }
}
