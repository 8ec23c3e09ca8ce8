namespace Latchkey.Server.Management.Clients;

/// <summary>The responses that show OAuth clients.</summary>
internal static class ClientResponses
{
    public static IResult Ok(Outcome<ShownClient> outcome) => JsonResponses.Of(outcome, shown =>
        JsonResponses.Ok(ClientResponse.Of(shown), shown.Client.Revision));

    public static IResult Created(Outcome<ShownClient> outcome) => JsonResponses.Of(outcome, made =>
        JsonResponses.Created(ClientResponse.Of(made), made.Client.Revision));

    public static IResult List((int Total, Page<ShownClient> Page) found) => JsonResponses.Ok(
        new OAuthClientListResponse(found.Total, found.Page.NextToken, [.. found.Page.Items.Select(s => s.Body)]));
}
