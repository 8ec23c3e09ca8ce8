using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Latchkey.Server.Pages;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Consent;

/// <summary>
/// Logo, colour, support contact and privacy notice on the pages of a resource: nothing of them can run, and every text can be read.
/// </summary>
public sealed partial class Brand_of_a_resource(OnSqlite host) : IClassFixture<OnSqlite>
{
    private const string Script = "<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>";

    [Fact]
    public async Task The_logo_is_served_from_this_server_with_the_type_of_its_bytes()
    {
        var company = await host.NewCompanyAsync(resource: new { logo = DataUrl("image/png", Png(64, 64)) });
        var page = await ConsentAsync(company);
        var path = LogoPath().Match(page).Groups["path"].Value;

        using var logo = await host.Anonymous.GetAsync(path);
        Assert.Equal(HttpStatusCode.OK, logo.StatusCode);
        Assert.Equal("image/png", logo.Content.Headers.ContentType!.ToString());
        Assert.Equal(Png(64, 64), await logo.Content.ReadAsByteArrayAsync());
        Assert.Equal("nosniff", logo.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.StartsWith("default-src 'none'", logo.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.True(logo.Headers.CacheControl!.Public);
        string[] others = [path.Replace(".png", ".svg", StringComparison.Ordinal), path + "x", $"/logos/{company.ResourceId}/x.png"];
        foreach (var other in others)
        {
            using var missing = await host.Anonymous.GetAsync(other);
            Assert.Equal(HttpStatusCode.NotFound, missing.StatusCode);
        }
    }

    /// <summary>Another server must not learn who signs in: nothing of the page is loaded from elsewhere.</summary>
    [Fact]
    public async Task The_logo_of_another_server_is_not_loaded()
    {
        var page = await ConsentAsync(await host.NewCompanyAsync(resource: new { logo_uri = "https://cdn.example/logo.png" }));

        Assert.DoesNotContain("cdn.example", page, StringComparison.Ordinal);
        Assert.DoesNotMatch("(src|srcset|data)=\"(https?:)?//", page);
    }

    [Theory]
    [InlineData("image/png", 64, 64)]
    [InlineData("image/jpeg", 64, 32)]
    [InlineData("image/webp", 1024, 1024)]
    public async Task PNG_JPEG_and_WebP_images_are_accepted(string type, int width, int height)
    {
        var company = await host.CompanyAsync();
        using var accepted = await SetLogoAsync(company, DataUrl(type, Image(type, width, height)));

        Assert.True(accepted.IsSuccessStatusCode, await accepted.Content.ReadAsStringAsync());
    }

    public static TheoryData<string> UnusableLogos => new(
        DataUrl("image/svg+xml", Encoding.UTF8.GetBytes(Script)),
        "data:image/svg+xml;utf8," + Script,
        DataUrl("image/png", Encoding.UTF8.GetBytes(Script)),
        DataUrl("image/png", [.. Png(1, 1).Take(8), .. Encoding.UTF8.GetBytes(Script)]),
        DataUrl("text/html", Png(8, 8)),
        DataUrl("image/png;charset=utf-8", Png(8, 8)),
        DataUrl("image/jpeg", Png(8, 8)),
        DataUrl("image/gif", "GIF89a0000000000000000000000"u8.ToArray()),
        DataUrl("image/png", Png(1025, 8)),
        DataUrl("image/png", Png(8, 100_000)),
        DataUrl("image/png", Png(0, 8)),
        DataUrl("image/png", Png(-1, 8)),
        DataUrl("image/webp", Image("image/webp", 16_000, 8)),
        DataUrl("image/jpeg", Image("image/jpeg", 8, 60_000)),
        DataUrl("image/png", [.. Png(8, 8), .. new byte[32 * 1024]]),
        "data:image/png;base64,",
        "data:image/png;base64,%%%",
        "data:image/png;base64, " + Convert.ToBase64String(Png(8, 8)),
        "https://cdn.example/logo.png",
        "javascript:alert(1)",
        "PNG");

    /// <summary>SVG can contain script; a wrong type, or few bytes with many pixels, is an attack on the browser.</summary>
    [Theory]
    [MemberData(nameof(UnusableLogos))]
    public async Task Other_images_are_refused(string logo)
    {
        using var refused = await SetLogoAsync(await host.CompanyAsync(), logo);

        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.Contains("logo", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("red")]
    [InlineData("#fff")]
    [InlineData("#12345g")]
    [InlineData("#1f5fd0;}body{display:none}")]
    [InlineData("#1f5fd0/*")]
    [InlineData("rgb(0,0,0)")]
    [InlineData("url(https://evil.example)")]
    public async Task Only_six_hexadecimal_digits_are_a_colour(string color)
    {
        using var refused = await host.TrySendAsync(
            HttpMethod.Patch, $"/api/v1/resources/{(await host.CompanyAsync()).ResourceId}", new { brand_color = color });

        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
    }

    /// <summary>The stylesheet of a colour is public, and contains nothing of the path but its six digits.</summary>
    [Theory]
    [InlineData("1f5fd0.css", true)]
    [InlineData("1F5FD0.css", true)]
    [InlineData("1f5fd0", false)]
    [InlineData("1f5fd.css", false)]
    [InlineData("1f5fd0;}body{}.css", false)]
    [InlineData("1f5fd0%0a.css", false)]
    [InlineData("%23abcdef.css", false)]
    [InlineData(".css", false)]
    public async Task The_stylesheet_of_a_colour_takes_nothing_else(string name, bool exists)
    {
        using var response = await host.Anonymous.GetAsync($"/brand/{name}");

        Assert.Equal(exists ? HttpStatusCode.OK : HttpStatusCode.NotFound, response.StatusCode);
        if (exists)
        {
            Assert.Matches("^[-:;{}()#@a-z0-9 \\n]+$", await response.Content.ReadAsStringAsync());
        }
    }

    /// <summary>WCAG 2.2, 1.4.3: text has a contrast of 4.5 on every background of the pages, for any colour, in light and dark.</summary>
    [Fact]
    public void Texts_can_be_read_in_every_colour()
    {
        int[] parts = [0x00, 0x33, 0x66, 0x99, 0xcc, 0xff];
        foreach (var color in parts.SelectMany(r => parts.SelectMany(g => parts.Select(b => $"#{r:x2}{g:x2}{b:x2}"))))
        {
            var modes = BrandColor.StylesheetOf(color).Split("@media");
            Assert.Equal(2, modes.Length);
            foreach (var (css, sheets) in modes.Zip((string[][])[["#ffffff", "#f6f8fb", "#f3f5f8"], ["#191e25", "#20262f", "#0f1216"]]))
            {
                string Value(string name) => Regex.Match(
                    css, $"--{name}: (#[0-9a-f]{{6}});", RegexOptions.None, TimeSpan.FromMinutes(1)).Groups[1].Value;
                foreach (var (text, ground) in (IEnumerable<(string, string)>)
                [
                    (Value("on-accent"), Value("accent")), (Value("on-accent"), Value("accent-hover")),
                    (Value("accent-strong"), Value("accent-soft")), .. sheets.Select(sheet => (Value("accent-strong"), sheet)),
                ])
                {
                    Assert.True(Contrast(text, ground) >= 4.5, $"{color}: {text} on {ground} has {Contrast(text, ground):0.00}");
                }
            }
        }
    }

    [Theory]
    [InlineData("support_contact", "javascript:alert(1)")]
    [InlineData("support_contact", "help at acme")]
    [InlineData("support_contact", "a@b@c")]
    [InlineData("privacy_uri", "javascript:alert(1)")]
    [InlineData("privacy_uri", "data:text/html,x")]
    [InlineData("privacy_uri", "/privacy")]
    public async Task Links_of_a_brand_are_addresses(string field, string value)
    {
        using var refused = await host.TrySendAsync(
            HttpMethod.Patch, $"/api/v1/resources/{(await host.CompanyAsync()).ResourceId}",
            new Dictionary<string, string> { [field] = value });

        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
    }

    [Theory]
    [InlineData("help@acme.example", "href=\"mailto:help@acme.example\"")]
    [InlineData("https://acme.example/help", "href=\"https://acme.example/help\"")]
    public async Task Every_page_of_the_resource_has_its_brand(string contact, string link)
    {
        var company = await host.NewCompanyAsync(resource: new
        {
            logo = DataUrl("image/png", Png(64, 64)),
            brand_color = "#7A2E8E",
            support_contact = contact,
            privacy_uri = "https://acme.example/privacy",
        });
        var client = await McpClient.CreateAsync(company);
        using var browser = new Browser(host);
        var redirect = await browser.StartAsync(client.Authorize());
        var back = (await company.ReportAsync(redirect.LoginRequestId)).CallbackPath;
        var early = await PageAsync(browser, $"{company.CallbackPath}?state={redirect.State}");
        using var second = new Browser(host);
        var login = await second.StartAsync(client.Authorize());
        var consent = await second.ComeBackAsync((await company.ReportAsync(login.LoginRequestId)).CallbackPath);
        using var wrong = await second.DecideAsync(consent, "perhaps");
        var refused = await PageAsync(browser, client.Authorize(("redirect_uri", "https://other.example/")));
        using var allowed = await second.DecideAsync(consent, "allow", "notes:read");
        await client.RedeemAsync(Browser.QueryOf(allowed.Headers.Location!)["code"]);
        var finished = await PageAsync(second, consent.Path);

        foreach (var page in new[] { consent.Html, early, await wrong.Content.ReadAsStringAsync(), refused, finished })
        {
            Assert.Contains(link, page, StringComparison.Ordinal);
            Assert.Contains("href=\"https://acme.example/privacy\"", page, StringComparison.Ordinal);
            Assert.Contains("/brand/7a2e8e.css", page, StringComparison.Ordinal);
            Assert.Contains($"/logos/{company.ResourceId}/", page, StringComparison.Ordinal);
        }

        Assert.Contains("partner:callback", back, StringComparison.Ordinal);
    }

    /// <summary>The audit log is never deleted, so it keeps the hash of an image and not the image.</summary>
    [Fact]
    public async Task The_audit_log_has_the_hash_of_a_logo()
    {
        var company = await host.NewCompanyAsync();
        var logo = DataUrl("image/png", [.. Png(64, 64), .. new byte[8192]]);
        using var changed = await SetLogoAsync(company, logo);
        Assert.True(changed.IsSuccessStatusCode);

        var audit = (await host.SendAsync(HttpMethod.Get, $"/api/v1/audit?target={company.ResourceId}")).GetRawText();
        Assert.Contains("SHA-256", audit, StringComparison.Ordinal);
        Assert.DoesNotContain(logo[..200], audit, StringComparison.Ordinal);
    }

    private async Task<string> ConsentAsync(Company company)
    {
        using var browser = new Browser(host);
        var redirect = await browser.StartAsync((await McpClient.RegisterAsync(company)).Authorize());
        return (await browser.ComeBackAsync((await company.ReportAsync(redirect.LoginRequestId)).CallbackPath)).Html;
    }

    private static async Task<string> PageAsync(Browser browser, string path)
    {
        using var page = await browser.GetAsync(path);
        return await page.Content.ReadAsStringAsync();
    }

    private Task<HttpResponseMessage> SetLogoAsync(Company company, string logo) =>
        host.TrySendAsync(HttpMethod.Patch, $"/api/v1/resources/{company.ResourceId}", new { logo });

    private static string DataUrl(string type, byte[] bytes) => $"data:{type};base64,{Convert.ToBase64String(bytes)}";

    private static byte[] Image(string type, int width, int height) => type switch
    {
        "image/png" => Png(width, height),
        "image/jpeg" =>
        [
            0xff, 0xd8, 0xff, 0xe0, 0, 4, 0, 0, 0xff, 0xc0, 0, 11, 8, (byte)(height >> 8), (byte)height, (byte)(width >> 8), (byte)width,
            1, 1, 0x11, 0, 0xff, 0xd9,
        ],
        _ =>
        [
            .. "RIFF"u8, 22, 0, 0, 0, .. "WEBPVP8X"u8, 10, 0, 0, 0, 0, 0, 0, 0, (byte)(width - 1), (byte)((width - 1) >> 8), 0,
            (byte)(height - 1), (byte)((height - 1) >> 8), 0,
        ],
    };

    /// <summary>The signature and the header of a PNG image, which is what the server reads.</summary>
    private static byte[] Png(int width, int height)
    {
        var bytes = new byte[33];
        ((ReadOnlySpan<byte>)[0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52]).CopyTo(bytes);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(16), width);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(20), height);
        (bytes[24], bytes[25]) = (8, 6);
        return bytes;
    }

    private static double Contrast(string a, string b)
    {
        var (one, other) = (Luminance(a), Luminance(b));
        return (Math.Max(one, other) + 0.05) / (Math.Min(one, other) + 0.05);
    }

    private static double Luminance(string color)
    {
        double Part(int at)
        {
            var value = int.Parse(color.AsSpan(at, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture) / 255.0;
            return value <= 0.04045 ? value / 12.92 : Math.Pow((value + 0.055) / 1.055, 2.4);
        }

        return (0.2126 * Part(1)) + (0.7152 * Part(3)) + (0.0722 * Part(5));
    }

    [GeneratedRegex("<img class=\"tile\" src=\"(?<path>/logos/[^\"]+)\"", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex LogoPath();
}
