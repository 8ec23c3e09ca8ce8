using Latchkey.Server.Network;
using Latchkey.Server.Operators;

namespace Latchkey.Server.Dashboard.Operators;

/// <summary>
/// One attempt with a password: the wait after former failures, then the check, which takes as long for unknown accounts.
/// </summary>
internal sealed class PasswordAttempt(
    OperatorStore operators, OperatorPasswords passwords, SignInBackoff backoff, ClientAddress address)
{
    /// <returns>The operator, or the error.</returns>
    public async Task<(Operator? Operator, FormError? Error)> CheckAsync(DashboardRequest request, string? typedEmail, string? password)
    {
        var email = Operator.ReadEmail(typedEmail);
        var from = address.Of(request.Http);
        var account = email ?? "";
        if (backoff.Begin(account, from) is { } seconds)
        {
            return (null, OperatorErrors.TooSoon(seconds));
        }

        var known = email is null ? null : await operators.FindByEmailAsync(email, request.Aborted);
        switch (await passwords.CheckAsync(known, password ?? "", request.Aborted))
        {
            case true:
                backoff.Succeed(account, from);
                return (known, null);
            case false:
                return (null, OperatorErrors.SignInFailed);
            default:
                backoff.TakeBack(account, from);
                return (null, OperatorErrors.Busy);
        }
    }
}
