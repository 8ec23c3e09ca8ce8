namespace Demo.Walking;

/// <summary>What a person does with the pages of a sign-in: types the password, presses Continue, answers the consent page.</summary>
/// <param name="browser">The person's browser; it keeps their cookies from one sign-in to the next.</param>
/// <param name="person">Who sits there.</param>
public sealed class PersonAtTheBrowser(ScreenlessBrowser browser, DemoPerson person)
{
    private const int MostPages = 8;

    /// <summary>Goes from the authorization request to the client's redirect URI.</summary>
    /// <param name="authorizationUrl">What the MCP client opened.</param>
    /// <param name="redirectUri">The client's redirect URI.</param>
    /// <param name="untick">Scopes the person unticks at consent; empty: none.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The page that landed at the redirect URI; <see cref="BrowserPage.Query"/> is the answer, <c>code</c> or <c>error</c>.</returns>
    /// <exception cref="DemoStopped">A page came that no person could go on from; the message says which.</exception>
    public async Task<BrowserPage> AllowAsync(Uri authorizationUrl, Uri redirectUri, IReadOnlyCollection<string> untick, CancellationToken cancellationToken)
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
                    new Dictionary<string, string>(StringComparer.Ordinal) { ["email"] = person.Email, ["password"] = person.Password },
                    untick: null,
                    button: null,
                    redirectUri,
                    cancellationToken),
                _ when page.HasForm("continue") => await browser.SubmitAsync(page, "continue", typed: null, untick: null, button: null, redirectUri, cancellationToken),
                _ when page.HasForm("consent") => await browser.SubmitAsync(page, "consent", typed: null, untick, "allow", redirectUri, cancellationToken),
                _ => throw new DemoStopped(
                    $"The browser stands at {Discreet.Address(page.Url)}, which answered {(int?)page.Status} “{page.Heading}”{(page.ErrorCode is { } code ? $", error {code}" : "")}: no form to go on with."),
            };
        }

        throw new DemoStopped($"After {MostPages} pages the sign-in has not come to an end. The last was “{page.Heading}”.");
    }
}
