using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Latchkey.Server.Credentials;
using Latchkey.Server.Grpc.Messages;
using Latchkey.Server.Management;
using Latchkey.Server.Management.Clients;
using Latchkey.Server.Management.Organizations;
using Latchkey.Server.Management.Secrets;
using Latchkey.Server.Storage;
using Microsoft.AspNetCore.Authorization;

namespace Latchkey.Server.Grpc;

/// <summary>
/// <c>scalekit.v1.clients.ClientService</c> for the unmodified Scalekit SDKs (<c>m2m</c> of the Node SDK): clients of organisations, their
/// secrets, and clients of resources. 1. The caller needs the role of the REST route. 2. <see cref="WireJson"/> makes the REST body.
/// 3. <see cref="OrganizationClients"/>, <see cref="ClientSecrets"/> and <see cref="StaticClients"/> do the rest.
/// </summary>
internal sealed class ClientsOverGrpc(OrganizationClients clients, ClientSecrets secrets, StaticClients ofResources)
    : ClientService.ClientServiceBase
{
    public static void Map(IEndpointRouteBuilder app) => app.MapGrpcService<ClientsOverGrpc>().RequireAuthorization();

    [Authorize(ManagementPolicies.Write)]
    public override async Task<CreateOrganizationClientResponse> CreateOrganizationClient(
        CreateOrganizationClientRequest request, ServerCallContext context) =>
        ClientOf<CreateOrganizationClientResponse>(
            await clients.CreateAsync(
                ActorOf(context), request.OrganizationId, WireJson.BodyOf(request.Client ?? new()), context.CancellationToken));

    [Authorize(ManagementPolicies.Read)]
    public override async Task<GetOrganizationClientResponse> GetOrganizationClient(
        GetOrganizationClientRequest request, ServerCallContext context) =>
        ClientOf<GetOrganizationClientResponse>(
            await clients.FindAsync(request.OrganizationId, request.ClientId, context.CancellationToken));

    [Authorize(ManagementPolicies.Read)]
    public override async Task<ListOrganizationClientsResponse> ListOrganizationClients(
        ListOrganizationClientsRequest request, ServerCallContext context)
    {
        var (total, page) = GrpcErrors.ThingOf(
            await clients.ListAsync(request.OrganizationId, PageOf(request.PageSize, request.PageToken), context.CancellationToken));
        return WireJson.MessageOf<ListOrganizationClientsResponse, OAuthClientListResponse>(
            new(total, page.NextToken, [.. page.Items.Select(s => s.Body)]), ManagementJson.Default.OAuthClientListResponse);
    }

    [Authorize(ManagementPolicies.Write)]
    public override async Task<UpdateOrganizationClientResponse> UpdateOrganizationClient(
        UpdateOrganizationClientRequest request, ServerCallContext context) =>
        ClientOf<UpdateOrganizationClientResponse>(await clients.ChangeAsync(
            ActorOf(context), request.OrganizationId, request.ClientId, WireJson.BodyOf(request.Client ?? new()),
            await ExpectedAsync(context), context.CancellationToken));

    [Authorize(ManagementPolicies.Write)]
    public override async Task<Empty> DeleteOrganizationClient(DeleteOrganizationClientRequest request, ServerCallContext context) =>
        Nothing<Empty>(await clients.DeleteAsync(
            ActorOf(context), request.OrganizationId, request.ClientId, await ExpectedAsync(context), context.CancellationToken));

    [Authorize(ManagementPolicies.Write)]
    public override async Task<CreateOrganizationClientSecretResponse> CreateOrganizationClientSecret(
        CreateOrganizationClientSecretRequest request, ServerCallContext context)
    {
        var holder = new SecretOwner.OfOrganization(request.OrganizationId, request.ClientId);
        var made = GrpcErrors.ThingOf(await secrets.AddAsync(
            ActorOf(context), holder, WireJson.BodyOf(new Empty()), await ExpectedAsync(context), context.CancellationToken));
        return WireJson.MessageOf<CreateOrganizationClientSecretResponse, SecretResponse>(
            new(new SecretBody(made.Secret, made.Uses), made.Plain?.Value), ManagementJson.Default.SecretResponse);
    }

    [Authorize(ManagementPolicies.Write)]
    public override async Task<Empty> DeleteOrganizationClientSecret(
        DeleteOrganizationClientSecretRequest request, ServerCallContext context) =>
        Nothing<Empty>(await secrets.DeleteAsync(
            ActorOf(context), new SecretOwner.OfOrganization(request.OrganizationId, request.ClientId), request.SecretId,
            await ExpectedAsync(context), context.CancellationToken));

    [Authorize(ManagementPolicies.Write)]
    public override async Task<CreateResourceClientResponse> CreateResourceClient(
        CreateResourceClientRequest request, ServerCallContext context) =>
        ClientOf<CreateResourceClientResponse>(await ofResources.CreateAsync(
            ActorOf(context), request.ResourceId, WireJson.BodyOf(request.Client ?? new()), context.CancellationToken));

    [Authorize(ManagementPolicies.Read)]
    public override async Task<GetResourceClientResponse> GetResourceClient(GetResourceClientRequest request, ServerCallContext context) =>
        ClientOf<GetResourceClientResponse>(
            await ofResources.FindAsync(request.ResourceId, request.ClientId, context.CancellationToken));

    [Authorize(ManagementPolicies.Read)]
    public override async Task<ListResourceClientsResponse> ListResourceClients(
        ListResourceClientsRequest request, ServerCallContext context)
    {
        var found = GrpcErrors.ThingOf(await ofResources.OfResourceAsync(request.ResourceId, context.CancellationToken));
        return WireJson.MessageOf<ListResourceClientsResponse, ClientListResponse>(
            ClientListResponse.Of(found), ManagementJson.Default.ClientListResponse);
    }

    [Authorize(ManagementPolicies.Write)]
    public override async Task<UpdateResourceClientResponse> UpdateResourceClient(
        UpdateResourceClientRequest request, ServerCallContext context) =>
        ClientOf<UpdateResourceClientResponse>(await ofResources.ChangeAsync(
            ActorOf(context), request.ResourceId, request.ClientId, WireJson.BodyOf(request.Client ?? new(), request.UpdateMask),
            await ExpectedAsync(context), context.CancellationToken));

    [Authorize(ManagementPolicies.Write)]
    public override async Task<DeleteResourceClientResponse> DeleteResourceClient(
        DeleteResourceClientRequest request, ServerCallContext context) =>
        Nothing<DeleteResourceClientResponse>(await ofResources.DeleteAsync(
            ActorOf(context), request.ResourceId, request.ClientId, await ExpectedAsync(context), context.CancellationToken));

    private static Actor ActorOf(ServerCallContext context) => ApiCaller.Of(context.GetHttpContext())!.Actor;

    /// <summary>Reads <c>If-Match</c>: ignoring it would allow the lost update that the caller excludes.</summary>
    private static async Task<IfMatch> ExpectedAsync(ServerCallContext context) =>
        await IfMatch.BindAsync(context.GetHttpContext()) ?? IfMatch.Unsaid;

    /// <summary>A larger page size becomes the maximum: the SDKs' documentation allows 100 entries, more than the server.</summary>
    private static RowPage PageOf(uint size, string token)
    {
        RowPlace? after =
            token.Length == 0 ? null : RowPlace.Parse(token) ?? throw GrpcErrors.Of(Problem.Invalid("page_token", Page.WrongToken));
        return new(size is 0 or > Page.MaxSize ? Page.MaxSize : (int)size, after);
    }

    private static T ClientOf<T>(Outcome<ShownClient> outcome)
        where T : IMessage, new()
        => WireJson.MessageOf<T, ClientResponse>(ClientResponse.Of(GrpcErrors.ThingOf(outcome)), ManagementJson.Default.ClientResponse);

    private static T Nothing<T>(Problem? problem)
        where T : IMessage, new() => problem is null ? new() : throw GrpcErrors.Of(problem);
}
