namespace Latchkey.Server.Management.Clients;

/// <summary>The responses that show OAuth clients.</summary>
internal static class ClientAnswers
{
    public static IResult Ok(Outcome<ShownClient> outcome) => Answers.Of(outcome, shown =>
        Answers.Ok(ClientAnswer.Of(shown), shown.Client.Revision));

    public static IResult Created(Outcome<ShownClient> outcome) => Answers.Of(outcome, made =>
        Answers.Created(ClientAnswer.Of(made), made.Client.Revision));

    public static IResult List(int total, Page<ShownClient> page) => Answers.Ok(
        new OAuthClientListAnswer(total, page.NextToken, [.. page.Items.Select(s => s.Body)]));
}
