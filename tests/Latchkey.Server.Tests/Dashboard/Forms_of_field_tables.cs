using System.Buffers.Text;
using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using Latchkey.Server.ApiClients;
using Latchkey.Server.Clients;
using Latchkey.Server.Connections;
using Latchkey.Server.Dashboard.Forms;
using Latchkey.Server.Fields;
using Latchkey.Server.Http;
using Latchkey.Server.Resources;
using Latchkey.Server.WebhookEndpoints;
using Microsoft.Extensions.Primitives;

namespace Latchkey.Server.Tests.Dashboard;

/// <summary>Forms made of field tables: words of each field, what a form post becomes, errors, and changes at the same time.</summary>
public sealed class Forms_of_field_tables
{
    private const string BaseUrl = "https://auth.example.com";

    private static readonly Connection SampleConnection = ConnectionFields.Table.Sample(new(BaseUrl));
    private static readonly ResourceContext Context = new(BaseUrl, _ => SampleConnection);
    private static readonly Resource Sample = ResourceFields.Table.Sample(Context);

    private static readonly FieldTable[] Tables =
    [
        ResourceFields.Table, ScopeFields.Table, ConnectionFields.Table, ClientFields.Table, ClientFields.OfOrganization,
        CustomClaimFields.Table, ApiClientFields.Table, WebhookEndpointFields.Table,
    ];

    private static IEnumerable<(FieldTable Table, Field Field)> Writable =>
        from table in Tables
        from one in table.Declared
        where (one.Use & FieldUse.Request) != FieldUse.None && !FormTexts.NotShown.Contains($"{table.Name}.{one.Name}")
        select (table, one);

    [Fact]
    public void Every_field_that_a_request_can_set_has_inputs_a_label_and_a_hint() => Assert.All(Writable, one =>
    {
        var name = $"{one.Table.Name}.{one.Field.Name}";
        Assert.True(one.Field.Shape.Control is not null, $"{name} has no FieldControl");
        Assert.True(FormTexts.Has(one.Table, one.Field.Name), $"{name} has no words in FormTexts, and is not in FormTexts.NotShown");
        var text = FormTexts.Of(one.Table, one.Field);
        Assert.NotEmpty(text.Label);
        Assert.Matches(@"^[A-Z].*\.$", text.Hint);
        Assert.DoesNotContain("resource ", text.Hint, StringComparison.OrdinalIgnoreCase);
    });

    [Fact]
    public void Every_value_of_a_choice_has_words_or_is_a_name() => Assert.All(Writable, one =>
    {
        var words = one.Field.Shape.Control switch
        {
            FieldControl.Choice choice => choice.Values,
            FieldControl.Choices choices => choices.Values,
            _ => [],
        };
        var text = FormTexts.Of(one.Table, one.Field);
        Assert.All(words, word => Assert.True(
            text.Choices.ContainsKey(word) || word.All(c => char.IsAsciiLetterUpper(c) || char.IsAsciiDigit(c)),
            $"{one.Table.Name}.{one.Field.Name} has no words for {word}"));
        Assert.All(text.Choices.Keys, word => Assert.Contains(word, words));
    });

    [Fact]
    public void A_form_that_is_posted_unchanged_changes_nothing()
    {
        var everything = Sample with
        {
            DefaultScopes = ["notes:read"],
            LogoUri = "https://notes.example/logo.png",
            CimdAllowedHosts = ["one.example", "two.example"],
            ConnectionId = SampleConnection.Id,
            RedirectSchemes = ["acme"],
            Description = "Two\nlines",
            AccessTokenLifetime = TimeSpan.FromSeconds(90),
            ScopesCanBeUnticked = false,
            Scopes =
            [
                Sample.Scopes[0] with { IsOptional = true, Group = "Notes" }, Sample.Scopes[1] with { IsOptional = false },
                Sample.Scopes[0] with { Name = "notes:all", IsSensitive = true, Access = null },
            ],
        };
        var posted = Post(FormOf(everything));
        var body = JsonBody.Of(posted.Body);
        var read = ResourceFields.Table.Read(body, everything, FieldUse.Change, Context);
        Assert.Null(body.Validate());
        Assert.Equal(Written(everything).ToJsonString(), Written(read).ToJsonString());
    }

    [Fact]
    public void The_form_of_a_new_entity_shows_the_defaults()
    {
        var form = FieldForm.New(ResourceFields.Table, All);
        var posted = Post(form, ("name", "Notes"), ("resource_uri", "https://notes.example/mcp"));
        var body = JsonBody.Of(posted.Body);
        var read = ResourceFields.Table.Read(body, ResourceFields.Table.Blank, FieldUse.Create, Context);
        Assert.Null(body.Validate());
        Assert.Equal(
            Written(ResourceFields.Table.Blank with { Name = "Notes", Uri = "https://notes.example/mcp" }).ToJsonString(),
            Written(read).ToJsonString());
    }

    [Theory]
    [InlineData("access_token_expiry", "soon", "must be an integer")]
    [InlineData("access_token_expiry", "-1", "must be between 0 and 86400")]
    [InlineData("access_token_expiry", "99999999999999999999", "must be an integer")]
    [InlineData("access_token_expiry", "9999999999999", "must be between 0 and 86400")]
    [InlineData("name", " ", "is required")]
    [InlineData("resource_uri", "notes", "must be the absolute URI")]
    [InlineData("signing_algorithm", "none", "must be one of RS256, ES256, PS256")]
    [InlineData("cimd_allowed_hosts", "good.example\n not a host \n", "'not a host'")]
    [InlineData("token_claims", "password", "must name each at most once")]
    public void An_invalid_text_stays_and_gets_the_error_of_the_API(string field, string typed, string what)
    {
        var posted = Post(FormOf(Sample), (field, typed));
        var body = JsonBody.Of(posted.Body);
        ResourceFields.Table.Read(body, Sample, FieldUse.Change, Context);
        var refused = posted.Refused(body.Validate()!);
        Assert.Equal(400, refused.Status);
        Assert.Equal("invalid_argument", refused.Code);
        var (name, error) = Assert.Single(refused.Errors);
        Assert.Equal(field, name);
        Assert.StartsWith(refused.TextOf(refused.FieldOf(field)).Label, error, StringComparison.Ordinal);
        Assert.Contains(what, error, StringComparison.Ordinal);
        Assert.Equal(typed, refused.Typed[field]);
    }

    [Fact]
    public void An_error_of_a_field_that_the_form_does_not_show_is_above_the_form()
    {
        var form = FieldForm.New(ResourceFields.Table, new FormPart(null, "name"));
        var refused = form.Refused(Problem.Invalid("resource_uri", "is required"));
        Assert.Equal("resource_uri is required.", refused.Errors[""]);
        var taken = form.Refused(new Problem(409, "resource_uri_taken", "x"), [new(409, "resource_uri_taken", "Taken.", "name")]);
        Assert.Equal("Taken.", taken.Errors["name"]);
        Assert.Equal(409, taken.Status);
    }

    [Fact]
    public void Rows_are_added_changed_and_removed()
    {
        var posted = Post(
            FormOf(Sample with { DefaultScopes = null }), ("scopes.0.remove", "true"), ("scopes.1.description", "Change everything"),
            ("scopes.2.enabled", "true"),
            ("scopes.4.name", "notes:drop"), ("scopes.4.access", "delete"));
        var body = JsonBody.Of(posted.Body);
        var read = ResourceFields.Table.Read(body, Sample, FieldUse.Change, Context);
        Assert.Null(body.Validate());
        Assert.Equal(
            [(Sample.Scopes[1].Id, "notes:write", "Change everything", true, ScopeAccess.Write)],
            read.Scopes.Take(1).Select(s => (s.Id, s.Name, s.Description, s.IsEnabled, s.Access!.Value)));
        Assert.Equal(("notes:drop", "notes:drop", false, ScopeAccess.Delete), read.Scopes
            .Select(s => (s.Name, s.Description, s.IsEnabled, s.Access!.Value)).Last());
        Assert.Equal(2, read.Scopes.Count);
    }

    [Fact]
    public void A_row_without_its_name_is_refused()
    {
        var posted = Post(FormOf(Sample), ("scopes.7.description", "Nothing"));
        var body = JsonBody.Of(posted.Body);
        ResourceFields.Table.Read(body, Sample, FieldUse.Change, Context);
        Assert.Equal("Permissions name is required.", posted.Refused(body.Validate()!).Errors["scopes"]);
    }

    [Fact]
    public void A_form_over_another_change_keeps_both()
    {
        var opened = FormOf(Sample);
        var typed = Post(opened, ("name", "Mine"), ("redirect_schemes", "mine"), ("description", "Both"));
        var meanwhile = Sample with { Name = "Theirs", LogoUri = "https://new.example/logo.png", Description = "Both" };
        var overtaken = typed.Overtaken(Written(meanwhile), 8);
        Assert.Equal(
            [new FormConflict("Name", Sample.Name, "Theirs", "Mine")], overtaken.Conflicts);
        Assert.Equal(8, overtaken.Version);
        Assert.Equal(409, overtaken.Status);
        var body = JsonBody.Of(Post(overtaken).Body);
        var read = ResourceFields.Table.Read(body, meanwhile, FieldUse.Change, Context);
        Assert.Null(body.Validate());
        Assert.Equal(
            Written(meanwhile with { Name = "Mine", RedirectSchemes = ["mine"] }).ToJsonString(), Written(read).ToJsonString());
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("""{"name":1,"scopes":[1,{"name":{}},[]],"token_claims":{},"access_token_expiry":"x","enable_cimd":[]}""")]
    [InlineData("""{"name":1,"name":2}""")]
    public void A_changed_hidden_input_makes_every_field_count_as_touched(string before)
    {
        foreach (var text in new[] { before, "AAAA", "%", PackedJson.Write(new() { ["name"] = "Notes" })[2..] })
        {
            Assert.Empty(PackedJson.Read(text));
        }

        var posted = Post(FormOf(Sample), ("before", Packed(before)), ("version", "-1"));
        Assert.Null(posted.Version);
        var overtaken = posted.Overtaken(Written(Sample with { Name = "Theirs" }), 3);
        Assert.Contains(overtaken.Conflicts, c => c is { Label: "Name", Now: "Theirs", Typed: "Notes" });
    }

    /// <summary>Packs any text as <see cref="PackedJson"/> packs an object.</summary>
    private static string Packed(string text)
    {
        using var packed = new MemoryStream();
        using (var deflate = new DeflateStream(packed, CompressionLevel.Optimal, leaveOpen: true))
        {
            deflate.Write(Encoding.UTF8.GetBytes(text));
        }

        return Base64Url.EncodeToString(packed.ToArray());
    }

    private static FormPart All => new(
        null,
        [.. ResourceFields.Table.Declared.Where(f => f.Use.HasFlag(FieldUse.Change) && f.Shape.Control is not null).Select(f => f.Name)]);

    private static JsonObject Written(Resource resource) => ResourceFields.Table.Write(resource, Context, FieldUse.Change);

    private static FieldForm FormOf(Resource resource) => FieldForm.Of(ResourceFields.Table, Written(resource), 7, All);

    /// <summary>Posts a form as a browser does, with some inputs changed.</summary>
    private static FieldForm Post(FieldForm form, params (string Name, string Value)[] changes)
    {
        var inputs = form.Typed.Everything.Concat(form.Hidden).Where(i => !changes.Any(c => c.Name == i.Key))
            .Concat(changes.Select(c => KeyValuePair.Create(c.Name, c.Value)));
        return FieldForm.Posted(
            form.Table, new(inputs.Select(i => KeyValuePair.Create(i.Key, new StringValues(i.Value)))), [.. form.Parts]);
    }
}
