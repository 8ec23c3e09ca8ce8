using System.Reflection;
using Latchkey.Server.Management;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Latchkey.Server.OpenApi;

/// <summary>What the document says of the whole API.</summary>
internal sealed class DescribeDocument(Settings settings) : IOpenApiDocumentTransformer
{
    private const string About =
        """
        Everything an operator, a script or a login page's backend does. The OAuth endpoints (authorize, token, par, revoke, introspect, userinfo, register), the metadata and the key set
        are not described here: their specifications do.

        **Calling it.** An API client (`skc_…`) gets a bearer token for an hour by `grant_type=client_credentials` at `/oauth/token`. Its role says what it may call: `management` everything, `read-only`
        every GET but those of the login hand-off, `login` what a login page needs, for its own connections.

        **Bodies.** JSON in snake_case. A member nobody knows is 400 with its name. In a PATCH an absent member stays as it is, and null sets its default. Times are RFC 3339; durations are seconds, as
        numbers, or in requests also as strings of digits.

        **Refusals.** Problem details (RFC 9457) with a stable `code` for programs, a sentence that says how to fix it, and `errors` by member. An address nobody has is 404 `not_found`, a
        wrong method 405 `method_not_allowed`.

        **Lists** come in pages: send `next_page_token` of one page as `page_token` of the next, until it is empty.
        """;

    public Task TransformAsync(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellationToken)
    {
        document.Info = new()
        {
            Title = "Latchkey management API",
            Version = typeof(DescribeDocument).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown",
            Description = About,
            License = new() { Name = "Apache-2.0", Identifier = "Apache-2.0" },
        };
        document.Servers = [new() { Url = settings.BaseUrl }];
        document.Tags = OperationTags.All.Select(tag => new OpenApiTag { Name = tag.Name, Description = tag.Description }).ToHashSet();
        document.AddComponent<IOpenApiSecurityScheme>(DescribeOperation.Bearer, new OpenApiSecurityScheme
        {
            Type = SecuritySchemeType.OAuth2,
            Description = "An API client's token. It has no scopes: the client's role decides.",
            Flows = new() { ClientCredentials = new() { TokenUrl = new Uri($"{settings.BaseUrl}/oauth/token"), Scopes = new Dictionary<string, string>(StringComparer.Ordinal) } },
        });
        Requests.DescribeEntities(document);
        DescribeSchema.LeaveNullOut(document);
        foreach (var name in Requests.Names)
        {
            document.AddComponent<IOpenApiSchema>(Requests.SchemaName(name), Requests.Schema(name, document));
        }

        return Task.CompletedTask;
    }
}
