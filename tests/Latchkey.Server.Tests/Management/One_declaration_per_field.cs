using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Latchkey.Server.ApiClients;
using Latchkey.Server.Clients;
using Latchkey.Server.ConfigurationFile;
using Latchkey.Server.Connections;
using Latchkey.Server.Credentials;
using Latchkey.Server.Fields;
using Latchkey.Server.Resources;
using Latchkey.Server.Tests.Actors;
using Latchkey.Server.WebhookEndpoints;
using Latchkey.Testing;

namespace Latchkey.Server.Tests.Management;

/// <summary>
/// Each member of a resource, connection, client and API client is declared by one line of a field table, or is set by the server. Each
/// field of the tables appears in responses, OpenAPI document, schema of the configuration file, export and reference.
/// </summary>
public sealed class One_declaration_per_field(OnSqlite host) : IClassFixture<OnSqlite>
{
    private const string BaseUrl = "https://auth.example.com";

    private static readonly Connection SampleConnection = ConnectionFields.Table.Sample(new(BaseUrl));
    private static readonly Resource SampleResource = ResourceFields.Table.Sample(new(BaseUrl, _ => SampleConnection));
    private static readonly ClientContext OfSample = new([SampleResource], SecretUses.None);

    /// <summary>Set by the server at registration, from a metadata document, at creation or with another field.</summary>
    private static readonly string[] OfEveryClient =
    [
        "Id", "Origin", "ResourceId", "OrganizationId", "Class", "GrantTypes", "ClientUri", "LogoUri", "Secrets", "CreatedAt", "UpdatedAt",
        "DeletedAt", "Revision", "LastSeenAt", "Keys", "Document", "Registration", "IdTokenAlgorithm",
    ];

    private static readonly Dictionary<string, Entity> Entities = new(StringComparer.Ordinal)
    {
        ["resource"] = Entity.Of(ResourceFields.Table, new(BaseUrl, _ => SampleConnection), ["Id", "CreatedAt", "UpdatedAt", "Revision"])
            with
        { Title = "Resource", FileSchema = "resource", Requests = ["CreateResource", "ChangeResource"] },
        ["connection"] = Entity.Of(ConnectionFields.Table, new(BaseUrl), ["Id", "CreatedAt", "UpdatedAt", "Revision"])
            with
        { Title = "Connection", FileSchema = "connection", Requests = ["", "Connection"] },
        ["client"] = Entity.Of(ClientFields.Table, OfSample, OfEveryClient)
            with
        { Title = "OAuth client of a resource", FileSchema = "client", Requests = ["CreateClient", "ChangeClient"] },
        ["organization client"] = Entity.Of(
            ClientFields.OfOrganization, OfSample, [.. OfEveryClient, "RedirectUris", "TokenEndpointAuthMethod", "RequiresPush", "Use"])
            with
        {
            Title = "OAuth client of an organization",
            Requests = ["CreateOrganizationClient", "ChangeOrganizationClient"],
        },
        ["API client"] = Entity.Of(ApiClientFields.Table, ApiClientContext.None, ["Id", "Secrets", "CreatedAt", "UpdatedAt", "Revision"])
            with
        { Title = "API client", FileSchema = "api_client", Requests = ["CreateApiClient", "ChangeApiClient"] },
        ["webhook endpoint"] = Entity.Of(
            WebhookEndpointFields.Table, new(AllowsPrivate: false),
            ["Id", "DisabledReason", "Secrets", "CreatedBy", "CreatedAt", "UpdatedAt", "Revision"])
            with
        { Title = "Webhook endpoint", FileSchema = "webhook", Requests = ["CreateWebhook", "ChangeWebhook"] },
    };

    public static TheoryData<string> Kinds => [.. Entities.Keys];

    public static TheoryData<string, string> Members
    {
        get
        {
            var members = new TheoryData<string, string>();
            foreach (var (kind, entity) in Entities)
            {
                foreach (var property in entity.Properties)
                {
                    members.Add(kind, property.Name);
                }
            }

            return members;
        }
    }

    [Theory]
    [MemberData(nameof(Members))]
    public void A_member_is_declared_by_one_field_or_set_by_the_server(string kind, string member)
    {
        var entity = Entities[kind];
        var fields = entity.FieldsOf(member);

        Assert.True(
            fields.Count == (entity.SetByServer.Contains(member, StringComparer.Ordinal) ? 0 : 1),
            $"{member} of {kind}: {fields.Count} fields ({string.Join(", ", fields)}). Declare it by one line of the table of fields, or "
            + "list it here as set by the server.");
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void The_members_set_by_the_server_exist(string kind) =>
        Assert.Empty(Entities[kind].SetByServer.Except(Entities[kind].Properties.Select(property => property.Name)));

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task The_OpenAPI_document_has_every_field(string kind)
    {
        var entity = Entities[kind];
        var document = JsonNode.Parse(await host.Anonymous.GetStringAsync("/api/openapi.json"))!["components"]!["schemas"]!;

        Assert.Equal(entity.Names(FieldUse.Response), Properties(document[entity.Table.Name]!));
        foreach (var (use, name) in ((FieldUse[])[FieldUse.Create, FieldUse.Change]).Zip(entity.Requests))
        {
            Assert.Equal(name.Length == 0 ? [] : entity.Names(use), name.Length == 0 ? [] : Properties(document[$"{name}Request"]!));
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void The_schema_of_the_configuration_file_has_every_field(string kind)
    {
        var entity = Entities[kind];
        if (entity.FileSchema is { } name)
        {
            var properties = Properties(JsonNode.Parse(FileSchema.Text())!["$defs"]![name]!);
            Assert.Empty(entity.Names(FieldUse.File).Except(properties));
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void The_reference_has_every_field(string kind)
    {
        var reference = File.ReadAllText(Path.Combine(Artifacts.Root, "docs", "reference", "fields.md"));
        var section = reference.Split("\n## ").Single(part => part.StartsWith(Entities[kind].Title + "\n", StringComparison.Ordinal));

        Assert.All(
            Entities[kind].Table.Declared, field => Assert.Contains($"\n| `{field.Name}` |", section, StringComparison.Ordinal));
    }

    /// <summary>Creates an entity of each kind with every field, and reads the responses and the export.</summary>
    [Fact]
    public async Task Responses_and_export_have_every_field()
    {
        const string Uri = "https://fields.example/mcp";
        var resource = await CreateAsync("resource", "/api/v1/resources", "resource", FieldUse.Create, ("resource_uri", Uri));
        var path = $"/api/v1/resources/{resource["id"]}";
        var connection = await CreateAsync("connection", $"{path}/connections", "connection", FieldUse.Change);
        // A client with this use has no redirect URIs.
        await CreateAsync("client", $"{path}/clients", "client", FieldUse.Create, ("use", null));
        await CreateAsync(
            "organization client", "/api/v1/organizations/acme/clients", "client", FieldUse.Create, ("audience", new[] { Uri }));
        var apiClient = await CreateAsync(
            "API client", "/api/v1/clients", "client", FieldUse.Create, ("connection_ids", new[] { (string)connection["id"]! }));

        await CreateAsync("webhook endpoint", "/api/v1/webhooks", "webhook", FieldUse.Create);

        using var line = CommandLine.At(host);
        var errors = new FileErrors("export");
        var file = FileParser.Parse(System.Text.Encoding.UTF8.GetBytes((await line.RunAsync("export")).Ended()), errors)!;
        var exported = JsonNode.Parse(file.ToJson().GetRawText())!;
        var ofResource = exported["resources"]!.AsArray().Single(r => (string)r!["resource_uri"]! == Uri)!.AsObject();

        AssertExported("resource", ofResource);
        AssertExported("connection", ofResource["connection"]!.AsObject());
        AssertExported("client", ofResource["clients"]![0]!.AsObject(), "audience", "use");
        AssertExported(
            "API client",
            exported["api_clients"]!.AsArray().Single(c => (string)c!["client_id"]! == (string)apiClient["client_id"]!)!.AsObject(),
            "connection_ids",
            "jwks");
        AssertExported("webhook endpoint", exported["webhooks"]![0]!.AsObject());
    }

    private async Task<JsonObject> CreateAsync(
        string kind, string path, string member, FieldUse use, params (string Name, object? Value)[] others)
    {
        var entity = Entities[kind];
        var made = await host.SendAsync(HttpMethod.Post, path, FieldBodies.Of(entity.Table, use, others));
        var shown = JsonNode.Parse(made.GetProperty(member).GetRawText())!.AsObject();
        Assert.All(
            entity.Table.Declared.Where(field => field.Use.HasFlag(FieldUse.Response) && !field.Shape.IsOptional),
            field => Assert.True(shown.ContainsKey(field.Name), $"{field.Name} of {kind}"));
        return shown;
    }

    /// <param name="others">Fields that this entity has no value for, or that the file names in another way.</param>
    private static void AssertExported(string kind, JsonObject exported, params string[] others) =>
        Assert.Equal(
            others, Entities[kind].Names(FieldUse.Export).Where(name => !exported.ContainsKey(name)));

    private static IEnumerable<string> Properties(JsonNode schema) =>
        schema["properties"]!.AsObject().Select(property => property.Key).Order(StringComparer.Ordinal);

    /// <param name="SetByServer">The members that no request sets by a field of its own.</param>
    /// <param name="Write">Writes the fields that have a use.</param>
    private sealed record Entity(FieldTable Table, object Sample, string[] SetByServer, Func<object, FieldUse, JsonObject> Write)
    {
        /// <summary>The heading in the reference.</summary>
        public string Title { get; init; } = "";

        /// <summary>Null when the file does not contain the entity.</summary>
        public string? FileSchema { get; init; }

        /// <summary>The names of the requests that create and change it. Empty when there is none.</summary>
        public string[] Requests { get; init; } = [];

        public IEnumerable<PropertyInfo> Properties =>
            Sample.GetType().GetProperties().Where(property => property.SetMethod?.IsPublic == true);

        public static Entity Of<T, C>(FieldTable<T, C> table, C context, string[] setByServer)
            where T : class =>
            new(table, table.Sample(context), setByServer, (entity, use) => table.Write((T)entity, context, use));

        public IEnumerable<string> Names(FieldUse use) =>
            Table.Declared.Where(field => field.Use.HasFlag(use)).Select(field => field.Name).Distinct(StringComparer.Ordinal)
                .Order(StringComparer.Ordinal);

        /// <summary>Returns the fields of requests and file whose value changes with the member.</summary>
        public IReadOnlyList<string> FieldsOf(string member)
        {
            var property = Sample.GetType().GetProperty(member)!;
            var changed = typeof(object).GetMethod("MemberwiseClone", BindingFlags.Instance | BindingFlags.NonPublic)!.Invoke(Sample, [])!;
            property.SetValue(changed, OtherThan(property.GetValue(Sample), property.PropertyType));
            return
            [
                .. ((FieldUse[])[FieldUse.Create, FieldUse.Change, FieldUse.File])
                    .SelectMany(use => Names(use).Where(name => !JsonNode.DeepEquals(Write(Sample, use)[name], Write(changed, use)[name])))
                    .Distinct(StringComparer.Ordinal),
            ];
        }

        private static object OtherThan(object? value, Type type) => (Nullable.GetUnderlyingType(type) ?? type) switch
        {
            var bare when bare == typeof(bool) => value is false,
            var bare when bare == typeof(string) => "https://other.example/x",
            var bare when bare == typeof(long) => 7L,
            var bare when bare == typeof(TimeSpan) => TimeSpan.FromSeconds(7),
            var bare when bare == typeof(DateTimeOffset) => DateTimeOffset.UnixEpoch.AddDays(7),
            var bare when bare == typeof(ClientKeys) => new ClientKeys("""{"keys":[]}""", JwksUri: null),
            { IsEnum: true } bare => Enum.GetValues(bare).Cast<object>().First(other => !other.Equals(value)),
            { IsGenericType: true } list => ListOtherThan(value, list.GetGenericArguments()[0]),
            { IsValueType: true } id => Activator.CreateInstance(id, "other")!,
            var record => RuntimeHelpers.GetUninitializedObject(record),
        };

        private static Array ListOtherThan(object? value, Type element)
        {
            var isEmpty = value is null or System.Collections.ICollection { Count: 0 };
            var list = Array.CreateInstance(element, isEmpty ? 1 : 0);
            if (isEmpty)
            {
                list.SetValue(element == typeof(string) ? "192.0.2.99/32" : OtherThan(null, element), 0);
            }

            return list;
        }
    }
}
