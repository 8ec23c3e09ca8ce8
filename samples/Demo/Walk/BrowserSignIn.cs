namespace Demo.Walk;

/// <summary>Fills in the pages of a sign-in as a user would: the login form, the Continue button and the consent page.</summary>
/// <param name="browser">The user's browser; it keeps its cookies from one sign-in to the next.</param>
/// <param name="user">The user who signs in.</param>
public sealed class BrowserSignIn(HeadlessBrowser browser, DemoUser user)
{
    private const int MostPages = 8;

    /// <summary>Follows the pages from the authorization request to the client's redirect URI.</summary>
    /// <param name="authorizationUrl">The URL that the MCP client opened.</param>
    /// <param name="redirectUri">The client's redirect URI.</param>
    /// <param name="untick">The scopes to untick on the consent page.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The page at the redirect URI; its <see cref="BrowserPage.Query"/> holds <c>code</c> or <c>error</c>.</returns>
    /// <exception cref="DemoException">A page has no known form; the message names the page.</exception>
    public async Task<BrowserPage> AllowAsync(
        Uri authorizationUrl, Uri redirectUri, IReadOnlyCollection<string> untick, CancellationToken cancellationToken)
    {
        var page = await browser.OpenAsync(authorizationUrl, redirectUri, cancellationToken);
        for (var pages = 0; pages < MostPages; pages++)
        {
            if (page.HasLanded)
            {
                return page;
            }

            page = page switch
            {
                _ when page.HasForm("login") => await browser.SubmitAsync(
                    page,
                    "login",
                    new Dictionary<string, string>(StringComparer.Ordinal) { ["email"] = user.Email, ["password"] = user.Password },
                    untick: null,
                    button: null,
                    redirectUri,
                    cancellationToken),
                _ when page.HasForm("continue") =>
                    await browser.SubmitAsync(page, "continue", typed: null, untick: null, button: null, redirectUri, cancellationToken),
                _ when page.HasForm("consent") =>
                    await browser.SubmitAsync(page, "consent", typed: null, untick, "allow", redirectUri, cancellationToken),
                _ => throw new DemoException(
                    $"The browser is at {Redaction.Address(page.Url)}, which responded with {(int?)page.Status} "
                    + $"“{page.Heading}”{(page.ErrorCode is { } code ? $", error {code}" : "")}: the page has no known form."),
            };
        }

        throw new DemoException($"The sign-in has not ended after {MostPages} pages. The last page was “{page.Heading}”.");
    }
}
