using Latchkey.Server.Clients;
using Latchkey.Server.Refusals;
using Latchkey.Server.SignIns;

namespace Latchkey.Server.Token;

/// <summary>An authenticated request about one token (RFC 7009 §2.1, RFC 7662 §2.1).</summary>
internal abstract record TokenQuestion
{
    private TokenQuestion() { }

    public sealed record Asked(AuthenticatedClient By, string Token) : TokenQuestion;

    public sealed record Refused(IResult Answer) : TokenQuestion;

    /// <param name="management">Accepts a management token in place of client credentials. Null where only clients may ask.</param>
    public static async Task<TokenQuestion> ReadAsync(
        HttpRequest request, ClientAuthentication authentication, CancellationToken cancellationToken,
        ManagementBearer? management = null)
    {
        if (await RequestParameters.FormAsync(request, cancellationToken) is not { } form)
        {
            return No(OAuthErrorResponse.NotAForm.Sent(request));
        }

        if (form.Repeated("token", "token_type_hint", "client_id", "client_secret", "client_assertion", "client_assertion_type")
            is { } repeated)
        {
            return No(OAuthErrorResponse.Repeated(repeated).Sent(form));
        }

        var by = await AuthenticateAsync(request, form, authentication, management, cancellationToken);
        authentication.GiveBackRequest(request.HttpContext, by);
        return by switch
        {
            AuthenticatedClient.Refused { Refusal: var refusal } when refusal.Cause == RenewCauses.InvalidBearer =>
                new Refused(OAuthJson.BearerError(refusal)),
            AuthenticatedClient.Refused refused => No(refused.Refusal.Sent(form), refused.UsedBasic),
            var authenticated => form["token"] is { } token
                ? new Asked(authenticated, token)
                : No(OAuthErrorResponse.NoToken.Sent(form).With(authenticated.NameFacts)),
        };
    }

    private static async Task<AuthenticatedClient> AuthenticateAsync(
        HttpRequest request, RequestParameters form, ClientAuthentication authentication, ManagementBearer? management,
        CancellationToken cancellationToken) =>
        (management is null ? null : await management.AuthenticateAsync(request, form))
            ?? await authentication.AuthenticateAsync(request, form, cancellationToken);

    private static Refused No(OAuthErrorResponse refusal, bool usedBasic = false) => new(OAuthJson.Refusal(refusal, usedBasic));
}
