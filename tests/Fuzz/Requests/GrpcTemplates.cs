using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Latchkey.Server.Grpc.Messages;

namespace Fuzz.Requests;

/// <summary>The gRPC requests of Scalekit's SDKs.</summary>
internal static class GrpcTemplates
{
    private const string Organization = "acme";

    public static IReadOnlyList<RequestTemplate> All { get; } =
    [
        Of("report over gRPC", "/scalekit.v1.auth.AuthService/UpdateLoginUserDetails", m => m.BackendToken, Report),
        OfClients(
            "CreateOrganizationClient", m => new CreateOrganizationClientRequest { OrganizationId = "acme ltd", Client = Nightly(m) }),
        OfClients("GetOrganizationClient", m =>
            new GetOrganizationClientRequest { OrganizationId = Organization, ClientId = m.SpareOrganizationClient }),
        OfClients("ListOrganizationClients", _ => new ListOrganizationClientsRequest { OrganizationId = Organization, PageSize = 10 }),
        OfClients("UpdateOrganizationClient", m =>
            new UpdateOrganizationClientRequest
            {
                OrganizationId = Organization,
                ClientId = m.SpareOrganizationClient,
                Client = Nightly(m)
            }),
        OfClients("CreateOrganizationClientSecret", m =>
            new CreateOrganizationClientSecretRequest { OrganizationId = Organization, ClientId = m.SpareOrganizationClient }),
        OfClients("DeleteOrganizationClientSecret", m =>
            new DeleteOrganizationClientSecretRequest
            {
                OrganizationId = Organization,
                ClientId = m.DoomedOverGrpc.Client,
                SecretId = m.DoomedOverGrpc.Secret
            }),
        OfClients("DeleteOrganizationClient", m =>
            new DeleteOrganizationClientRequest { OrganizationId = Organization, ClientId = m.DoomedOverGrpc.Client }),
        OfClients("CreateResourceClient", m => new CreateResourceClientRequest { ResourceId = m.SpareResource, Client = BackOffice() }),
        OfClients(
            "GetResourceClient", m => new GetResourceClientRequest { ResourceId = m.Company.ResourceId, ClientId = m.Confidential.Id }),
        OfClients("ListResourceClients", m => new ListResourceClientsRequest { ResourceId = m.SpareResource }),
        OfClients("UpdateResourceClient", m => new UpdateResourceClientRequest
        {
            ResourceId = m.SpareResource, ClientId = m.SpareClient, Client = BackOffice(), UpdateMask =
                new FieldMask { Paths = { "name", "description", "scopes" } },
        }),
        OfClients("DeleteResourceClient", m =>
            new DeleteResourceClientRequest { ResourceId = m.SpareResource, ClientId = m.DoomedClientOverGrpc }),
    ];

    private static RequestTemplate OfClients(string method, Func<TestData, IMessage> request) =>
        Of($"{method} over gRPC", $"/scalekit.v1.clients.ClientService/{method}", m => m.OperatorToken, request);

    private static RequestTemplate Of(string name, string path, Func<TestData, string> token, Func<TestData, IMessage> request) => new(
        name,
        $"POST {path}",
        ErrorFormat.Grpc,
        m => new RequestDraft("POST", path) { Bytes = Framed(request(m).ToByteArray()) }.With("Authorization", $"Bearer {token(m)}")
            .With("Content-Type", "application/grpc").With("TE", "trailers"),
        200);

    /// <summary>A gRPC frame: not compressed, with the length in four bytes.</summary>
    private static byte[] Framed(byte[] message) =>
        [0, (byte)(message.Length >> 24), (byte)(message.Length >> 16), (byte)(message.Length >> 8), (byte)message.Length, .. message];

    private static UpdateLoginUserDetailsRequest Report(TestData testData) => new()
    {
        ConnectionId = testData.Company.ConnectionId,
        LoginRequestId = testData.ToLogIn[3].LoginRequestId,
        User = new User
        {
            Sub = "ada",
            Email = "ada@acme.example",
            Name = "Ada Lovelace",
            Roles = { "author" },
            OrganizationExternalId = "acme",
            CustomAttributes = new Struct
            {
                Fields =
                    { ["desk"] = Value.ForNumber(7), ["tags"] = Value.ForList(Value.ForString("a"), Value.ForNull(), Value.ForBool(true)) }
            },
        },
    };

    private static ResourceClient BackOffice() =>
        new() { Name = "Back office", Description = "Nightly", Scopes = { "a" }, RedirectUris = { "https://client.example/callback" } };

    private static OrganizationClient Nightly(TestData testData) => new()
    {
        Name = "Nightly",
        Description = "Exports",
        Audience = { testData.Company.ResourceUri, testData.SpareResource },
        Scopes = { "notes:read", "a" },
        CustomClaims = { new CustomClaim { Key = "tier", Value = "gold" } },
        Expiry = 900,
    };
}
