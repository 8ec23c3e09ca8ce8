namespace Latchkey.Server.Http;

/// <summary>
/// Headers of every response, whichever endpoint or middleware writes it: no browser guesses its content type, and over HTTPS no browser
/// uses plain HTTP for this host again (RFC 6797). They are set when the response starts, so that no error handler can clear them.
/// </summary>
/// <remarks>
/// A loopback host is exempt from the second: the browser would apply it to every port of <c>localhost</c>, and the redirect to the
/// loopback URI of a native client, which is plain HTTP (RFC 8252 §7.3), would fail.
/// </remarks>
internal static class SecurityHeaders
{
    /// <summary>One year. Sibling hosts are not this server's to decide about, so subdomains are not included.</summary>
    private const string TransportSecurity = "max-age=31536000";

    public static void Use(IApplicationBuilder app, bool requireHttps) => app.Use((http, next) =>
    {
        http.Response.OnStarting(requireHttps ? SetBoth : Set, http.Response);
        return next(http);
    });

    private static Task Set(object response)
    {
        ((HttpResponse)response).Headers.XContentTypeOptions = "nosniff";
        return Task.CompletedTask;
    }

    private static Task SetBoth(object response)
    {
        ((HttpResponse)response).Headers.StrictTransportSecurity = TransportSecurity;
        return Set(response);
    }
}
