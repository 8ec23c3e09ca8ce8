using Latchkey.Server.Clients;

namespace Latchkey.Server.Token;

/// <summary>An authenticated request about one token (RFC 7009 §2.1, RFC 7662 §2.1).</summary>
internal abstract record TokenQuestion
{
    private TokenQuestion() { }

    public sealed record Asked(AuthenticatedClient By, string Token) : TokenQuestion;

    public sealed record Refused(IResult Answer) : TokenQuestion;

    public static async Task<TokenQuestion> ReadAsync(
        HttpRequest request, ClientAuthentication authentication, CancellationToken cancellationToken)
    {
        if (await RequestParameters.FormAsync(request, cancellationToken) is not { } form)
        {
            return No(OAuthErrorResponse.NotAForm);
        }

        if (form.Repeated("token", "token_type_hint", "client_id", "client_secret", "client_assertion", "client_assertion_type")
            is { } repeated)
        {
            return No(OAuthErrorResponse.Repeated(repeated));
        }

        var by = await authentication.AuthenticateAsync(request, form, cancellationToken);
        authentication.GiveBackRequest(request.HttpContext, by);
        return by switch
        {
            AuthenticatedClient.Refused refused => No(refused.Refusal, refused.UsedBasic),
            var authenticated => form["token"] is { } token ? new Asked(authenticated, token) : No(OAuthErrorResponse.NoToken),
        };
    }

    private static Refused No(OAuthErrorResponse refusal, bool usedBasic = false) => new(OAuthJson.Refusal(refusal, usedBasic));
}
