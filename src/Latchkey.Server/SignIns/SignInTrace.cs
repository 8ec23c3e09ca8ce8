using Latchkey.Server.Telemetry;

namespace Latchkey.Server.SignIns;

/// <summary>Tells the step that runs to which sign-in it belongs, for its span and for the metrics of its refusal.</summary>
internal static class SignInTrace
{
    public static void Attach(AuthorizationId id)
    {
        if (StepSpan.Current is { IsTraced: true, IsAttributed: false } step)
        {
            step.BelongsTo(id.Value, SignInReference.Of(id));
        }
    }

    /// <summary>Attaches the sign-in of a row that is being read.</summary>
    /// <param name="familyOf">The family of its client as in <see cref="SignInChange.Family"/>, if the row has it.</param>
    public static Task<T?> Attach<T>(Task<T?> reading, Func<T, AuthorizationId> signInOf, Func<T, string>? familyOf = null)
        where T : class => StepSpan.Current is { } step ? AttachAsync(step, reading, signInOf, familyOf) : reading;

    private static async Task<T?> AttachAsync<T>(
        StepSpan step, Task<T?> reading, Func<T, AuthorizationId> signInOf, Func<T, string>? familyOf)
        where T : class
    {
        var found = await reading;
        if (found is not null)
        {
            Attach(signInOf(found));
            step.Family ??= familyOf?.Invoke(found);
        }

        return found;
    }
}
