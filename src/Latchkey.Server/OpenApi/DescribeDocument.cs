using Latchkey.Server.Management;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Latchkey.Server.OpenApi;

/// <summary>Adds the description, tags and security scheme of the whole API.</summary>
internal sealed class DescribeDocument(Settings settings) : IOpenApiDocumentTransformer
{
    private const string About =
        """
        For operators, scripts and backends of login pages. The OAuth endpoints, discovery and key set are described by their standards.

        **Authentication.** An API client (`skc_…`) gets an access token for one hour with `grant_type=client_credentials` at
        `/oauth/token`. Its role determines what it can call: `management` everything, `read-only` every GET except those of the login
        hand-off, `login` what a login page needs for its own connections.

        **Request bodies.** JSON in snake_case. An unknown member is an error 400 that names it. In a PATCH, an absent member is unchanged
        and null sets the default. Times are RFC 3339. Durations are in seconds; requests may also write them as strings of digits.

        **Errors.** Problem details (RFC 9457) with a stable `code`, a `detail` that says how to fix the request, and `errors` per member.
        An unknown path is 404 `not_found`, a wrong method 405 `method_not_allowed`.

        **Pagination.** Send the `next_page_token` of a response as `page_token` of the next request, until it is empty.
        """;

    public Task TransformAsync(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellationToken)
    {
        document.Info = new()
        {
            Title = "Latchkey management API",
            Version = ProgramVersion.Text,
            Description = About,
            License = new() { Name = "Apache-2.0", Identifier = "Apache-2.0" },
        };
        document.Servers = [new() { Url = settings.BaseUrl }];
        document.Tags = OperationTags.All.Select(tag => new OpenApiTag { Name = tag.Name, Description = tag.Description }).ToHashSet();
        document.AddComponent<IOpenApiSecurityScheme>(DescribeOperation.Bearer, new OpenApiSecurityScheme
        {
            Type = SecuritySchemeType.OAuth2,
            Description = "The access token of an API client. It has no scopes: the role of the client applies.",
            Flows = new()
            {
                ClientCredentials = new()
                {
                    TokenUrl = new Uri($"{settings.BaseUrl}/oauth/token"),
                    Scopes = new Dictionary<string, string>(StringComparer.Ordinal)
                }
            },
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
