using Latchkey.Server.Keys;

namespace Latchkey.Server.Management.Server;

internal static class ListKeys
{
    public static void Map(IEndpointRouteBuilder app) => app.MapGet("/api/v1/keys", HandleAsync)
        .Describe(ManagementPolicies.Read, new(
            "ListKeys", OperationTags.Server, "List keys", OperationResponse.Ok(() => Samples.Keys),
            "The id, purpose and state of each key, without the key."));

    private static async Task<IResult> HandleAsync(KeyStore store, CancellationToken cancellationToken) => JsonResponses.Ok(
        new KeyListResponse([
            .. (await store.AllAsync(cancellationToken)).Select(k => new KeyBody(k.Id, k.Purpose, k.State, k.CreatedAt, k.InStateSince))]));
}

internal sealed record KeyListResponse(IReadOnlyList<KeyBody> Keys);

/// <param name="State"><c>current</c>, <c>next</c>, <c>former</c> (verifies what it signed) or <c>retired</c>.</param>
internal sealed record KeyBody(string Id, string Purpose, string State, DateTimeOffset CreateTime, DateTimeOffset StateTime);
