using System.Net;
using System.Text.RegularExpressions;
using EndToEnd.Browser;

namespace EndToEnd.Programs;

/// <summary>An operator of the dashboard.</summary>
internal sealed partial record DashboardAccount(string Email, string Password)
{
    private const string OwnerEmail = "grace@acme.example";
    private const string OwnerPassword = "correct horse battery";

    /// <summary>Uses the set-up link that the first start wrote into the data directory.</summary>
    public static async Task<DashboardAccount> SetUpAsync(string baseUrl, string dataDirectory)
    {
        var link = Link().Match(await File.ReadAllTextAsync(Path.Combine(dataDirectory, "first-start.txt"))).Value;
        using var http = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false });
        using var request = new HttpRequestMessage(HttpMethod.Post, link)
        {
            Content = new FormUrlEncodedContent([new("email", OwnerEmail), new("name", "Grace Hopper"), new("password", OwnerPassword)]),
        };
        request.Headers.Add("Origin", baseUrl);
        using var response = await http.SendAsync(request);
        Assert.Equal(HttpStatusCode.SeeOther, response.StatusCode);
        return new(OwnerEmail, OwnerPassword);
    }

    /// <summary>Signs in on the page, and waits for the page after it.</summary>
    public async Task SignInAsync(BrowserUser user, string baseUrl, string path = "/dashboard")
    {
        await user.OpenAsync($"{baseUrl}{path}");
        await user.Page.FillAsync("input[name=email]", Email);
        await user.Page.FillAsync("input[name=password]", Password);
        await user.Page.ClickAsync("form[action='/dashboard/sign-in'] button");
        await user.Page.Locator("#find").WaitForAsync();
    }

    [GeneratedRegex(@"http\S+/dashboard/set-up/\S+", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Link();
}
