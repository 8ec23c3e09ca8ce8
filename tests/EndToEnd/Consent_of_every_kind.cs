using EndToEnd.Browser;
using EndToEnd.Programs;
using Microsoft.Playwright;

namespace EndToEnd;

/// <summary>
/// The consent page with presets, groups, organizations and a brand, each saved as a screenshot, and its size on a phone.
/// </summary>
[Collection<SecondDemoOnSqlite>]
public sealed class Consent_of_every_kind(SecondDemoOnSqlite demo, Chromium chromium) : BrowserTest(demo, chromium)
{
    private const int PhoneWidth = 390;
    private const int PhoneHeight = 844;

    /// <summary>A violet disc with a white square.</summary>
    private const string Logo = "data:image/png;base64,"
        + "iVBORw0KGgoAAAANSUhEUgAAACAAAAAgCAYAAABzenr0AAAAb0lEQVR42u3XsQ1AIQhFUSdyQIdwZa0tJCIgDwPJr++p/FBKtGm1D+pziZpibu"
        + "NihDQsgmjHWQir+DHCFWAdJxGv4ltECABnWIBTtSZgQSQgAQlwB7g/RGEA3/wRcyPCXkoh1nKIwwTmNIM4Ti1nAs0JA7UUO7HHAAAAAElFTkSu"
        + "QmCC";

    private static readonly object[] ThreeScopes =
    [
        new { name = "notes:read", description = "Read your notes" }, new { name = "notes:write", description = "Change your notes" },
        new { name = "tags:read", description = "See your tags" },
    ];

    private static readonly object[] SixScopes =
    [
        new { name = "notes:read", description = "Read your notes", access = "read", group = "Notes" },
        new { name = "notes:write", description = "Change your notes", access = "write", group = "Notes" },
        new { name = "tags:read", description = "See your tags", access = "read", group = "Tags" },
        new { name = "tags:write", description = "Add and rename tags", access = "write", group = "Tags" },
        new { name = "notes:delete", description = "Delete notes for good", access = "delete", sensitive = true },
        new { name = "sharing", description = "Share notes with people outside Acme", access = "write", sensitive = true },
    ];

    private static readonly object Ada = new
    {
        sub = "ada",
        email = "ada@acme.example",
        name = "Ada Lovelace",
        organization_external_id = "acme",
        organization_external_name = "Acme Ltd",
    };

    [Theory]
    [InlineData("assistant.example", true, "consent-phone-confirmed")]
    [InlineData("127.0.0.1", false, "consent-phone-device")]
    public async Task The_usual_page_fits_one_phone_screen_down_to_the_buttons(string host, bool isCreatedByOperator, string picture)
    {
        var login = await ThirdPartyLoginPageAsync(
            "required", new() { ["name"] = "Notes", ["scopes"] = ThreeScopes }, Ada, returnsProof: true);
        var client = await ClientAsync("Assistant", host, login.Resource, isCreatedByOperator);
        var ada = await OpenAsync(client, "notes:read notes:write tags:read");
        await ada.Page.SetViewportSizeAsync(PhoneWidth, PhoneHeight);

        var bottom = await ada.Page.EvaluateAsync<double>("() => document.querySelector('.buttons').getBoundingClientRect().bottom");
        Assert.True(bottom <= PhoneHeight, $"the buttons end at {bottom} of {PhoneHeight} pixels");
        await PageChecks.CheckAsync(ada, picture, isStrict: true);
    }

    [Fact]
    public async Task The_list_of_scopes_opens_when_the_person_chooses_one_by_one()
    {
        var login = await ThirdPartyLoginPageAsync(
            "required", new() { ["name"] = "Notes", ["scopes"] = SixScopes }, Ada, returnsProof: true);
        var client = await ClientAsync("Assistant", "assistant.example", login.Resource, isCreatedByOperator: true);
        var ada = await OpenAsync(client, "notes:read notes:write tags:read tags:write notes:delete sharing");
        var first = ada.Page.Locator("input[name=scope]").First;

        await Assertions.Expect(ada.Page.Locator("input[name=preset][value=read]")).ToBeCheckedAsync();
        await Assertions.Expect(first).ToBeHiddenAsync();
        await PageChecks.CheckAsync(ada, "consent-presets", isStrict: true);
        await ada.Page.CheckAsync("#choose");
        await Assertions.Expect(first).ToBeVisibleAsync();
        await Assertions.Expect(ada.Page.Locator("input[value='notes:delete']")).Not.ToBeCheckedAsync();
        await PageChecks.CheckAsync(ada, "consent-presets-chosen", isStrict: true);
        await ada.UntickAsync("notes:write");
        await ada.Page.CheckAsync("input[value='notes:delete']");
        await ada.Allow.ClickAsync();

        Assert.Equal("notes:read tags:read tags:write notes:delete", (await client.TokensAsync()).Scope);
    }

    /// <summary>Allow cannot be sent before an organization is chosen; Deny can.</summary>
    [Theory]
    [InlineData(3, "consent-organizations")]
    [InlineData(12, "consent-organization-list")]
    public async Task An_organization_is_chosen_on_a_page_in_the_brand_of_the_resource(int count, string picture)
    {
        var login = await ThirdPartyLoginPageAsync(
            "required",
            new()
            {
                ["name"] = "Notes",
                ["scopes"] = ThreeScopes,
                ["organization_selection"] = "one",
                ["logo"] = Logo,
                ["brand_color"] = "#7a2e8e",
                ["support_contact"] = "help@acme.example",
                ["privacy_uri"] = "https://acme.example/privacy",
            },
            new
            {
                sub = "ada",
                email = "ada@acme.example",
                name = "Ada Lovelace",
                organizations = Enumerable.Range(1, count)
                    .Select(i => new { external_id = $"o{i}", name = $"Organisation {i}" }).ToArray(),
            },
            returnsProof: true);
        var client = await ClientAsync("Assistant", "assistant.example", login.Resource, isCreatedByOperator: true);
        var ada = await OpenAsync(client, "notes:read");
        await Assertions.Expect(ada.Allow).ToHaveCSSAsync("background-color", "rgb(122, 46, 142)");
        await PageChecks.CheckAsync(ada, picture, isStrict: true);

        await ada.Allow.ClickAsync();
        await ada.WaitForConsentAsync();
        if (count <= 7)
        {
            await ada.Page.CheckAsync("input[name=organization][value=o2]");
        }
        else
        {
            await ada.Page.SelectOptionAsync("select[name=organization]", "o2");
        }

        await ada.Allow.ClickAsync();
        Assert.Equal("o2", (await client.TokensAsync()).Claims.GetProperty("org_id").GetString());
    }

    [Fact]
    public async Task A_remembered_consent_is_not_asked_again()
    {
        var login = await ThirdPartyLoginPageAsync(
            "required", new() { ["name"] = "Notes", ["scopes"] = ThreeScopes, ["remember_consent"] = true }, Ada, returnsProof: true);
        var client = await ClientAsync("Assistant", "assistant.example", login.Resource, isCreatedByOperator: true);
        var ada = await OpenAsync(client, "notes:read");
        await PageChecks.CheckAsync(ada, "consent-remember", isStrict: true);
        await ada.Page.CheckAsync("input[name=remember]");
        await ada.Allow.ClickAsync();
        await client.TokensAsync();

        await ada.OpenAsync(client.Authorize("notes:read"));
        await ada.Page.ClickAsync("#literal button");
        Assert.Equal("notes:read", (await client.TokensAsync()).Scope);
    }

    private async Task<BrowserUser> OpenAsync(OAuthClient client, string scope)
    {
        var person = await NewUserAsync();
        await person.OpenAsync(client.Authorize(scope));
        await person.Page.ClickAsync("#literal button");
        await person.WaitForConsentAsync();
        return person;
    }
}
