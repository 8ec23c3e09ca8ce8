namespace Latchkey.Server.Management.Clients;

/// <summary>The responses that show OAuth clients.</summary>
internal static class ClientResponses
{
    public static IResult Ok(Outcome<ShownClient> outcome) => JsonResponses.Of(outcome, shown =>
        JsonResponses.Ok(ClientResponse.Of(shown), shown.Client.Revision));

    public static IResult Created(Outcome<ShownClient> outcome) => JsonResponses.Of(outcome, made =>
        JsonResponses.Created(ClientResponse.Of(made), made.Client.Revision));

    public static IResult List(int total, Page<ShownClient> page) => JsonResponses.Ok(
        new OAuthClientListResponse(total, page.NextToken, [.. page.Items.Select(s => s.Body)]));
}
