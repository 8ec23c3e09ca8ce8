using System.Net;

namespace Latchkey.Server.Tests.Actors;

/// <summary>Form posts of a browser without a session, and what a page says.</summary>
internal static class DashboardForms
{
    public const string Password = "a long enough password";

    /// <summary>Posts a form from its own page.</summary>
    public static Task<HttpResponseMessage> PostAsync(this Browser browser, string action, params (string Name, string Value)[] fields) =>
        browser.SendAsync(
            HttpMethod.Post, action, fields.Select(field => KeyValuePair.Create(field.Name, field.Value)),
            ("Origin", browser.Host.BaseUrl), ("Sec-Fetch-Site", "same-origin"));

    public static Task<HttpResponseMessage> SignInAsync(
        this Browser browser, string email, string password, params (string Name, string Value)[] more) =>
        browser.PostAsync("/dashboard/sign-in", [("email", email), ("password", password), .. more]);

    /// <summary>Expects a status and the code of an error on the page.</summary>
    public static async Task ExpectErrorAsync(this HttpResponseMessage response, HttpStatusCode status, string code)
    {
        var html = await response.Content.ReadAsStringAsync();
        Assert.True(
            response.StatusCode == status && html.Contains($"data-lk-error=\"{code}\"", StringComparison.Ordinal),
            $"{(int)response.StatusCode}, expected {(int)status} {code}: {html}");
    }

    /// <summary>Expects the redirect after a form post.</summary>
    public static void ExpectRedirect(this HttpResponseMessage response, string path)
    {
        Assert.Equal(HttpStatusCode.SeeOther, response.StatusCode);
        Assert.Equal(path, response.Headers.Location!.ToString());
    }
}
