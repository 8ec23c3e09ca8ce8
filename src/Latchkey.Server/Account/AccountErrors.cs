using Latchkey.Server.Languages;
using Latchkey.Server.Pages;
using Latchkey.Server.SignIns;

namespace Latchkey.Server.Account;

/// <summary>A refusal of the page of connected programs. It belongs to no sign-in, so it has no reference.</summary>
/// <param name="Code">Stable. The value of <c>data-lk-error</c>, listed in docs/wire.md.</param>
/// <param name="OffersSignIn">Whether the page has a link to sign in.</param>
internal sealed record AccountError(int Status, string Code, Func<AccountTexts, AccountMessage> Text, bool OffersSignIn = false);

internal static class AccountErrors
{
    /// <summary>Only connections with <c>required</c> verification offer the page.</summary>
    public static readonly AccountError NotOffered = new(404, "account_not_offered", texts => texts.NotOffered);

    public static readonly AccountError SignedOut = new(401, "signed_out", texts => texts.SignInAgain, OffersSignIn: true);

    /// <summary>Unknown, ended long ago, or of another person: shown alike.</summary>
    public static readonly AccountError NoSuchProgram = new(404, "not_found", texts => texts.NoSuchProgram);

    public static readonly AccountError ForeignOrigin = new(403, "foreign_origin", texts => texts.FormRefused);

    public static readonly AccountError NoFormToken = new(403, "form_refused", texts => texts.FormRefused);

    public static ErrorPage TooManySignIns(RateLimitExceeded exceeded) => new(
        AskCauses.TooManyAuthorizations, 429, "too_many_requests",
        texts => exceeded.IsOfServer
            ? texts.TooManySignInsOfServer(exceeded.RetryAfterSeconds)
            : texts.TooManySignIns(exceeded.RetryAfterSeconds))
    {
        RetryAfterSeconds = exceeded.RetryAfterSeconds,
        Exceeded = exceeded,
    };
}
