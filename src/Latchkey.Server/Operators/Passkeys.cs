using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Latchkey.Server.Keys;
using Microsoft.AspNetCore.Identity;

namespace Latchkey.Server.Operators;

/// <summary>
/// Passkeys (WebAuthn), checked by the handler of the framework:
/// 1. the browser asks for options and gets them with a challenge, which is signed by this server and stored nowhere;
/// 2. the browser sends what the authenticator answered, with the challenge; it must be of this purpose and session, and at most five
/// minutes old;
/// 3. the handler checks origin, domain, user verification, signature and counter;
/// 4. the challenge is used up in the database, so a copy of the answer is refused on every node.
/// </summary>
internal sealed class Passkeys(PasskeyStore store, KeyRing keys, TimeProvider clock)
{
    private static readonly TimeSpan ChallengeLifetime = TimeSpan.FromMinutes(5);
    private const string ForAdding = "add";
    private const string ForSignIn = "sign-in";
    private const string KeyPurpose = "passkey challenge";

    public static void Add(IServiceCollection services, Settings settings)
    {
        services.AddIdentityCore<Operator>();
        services.AddScoped<IUserStore<Operator>, PasskeyUsers>().AddScoped<IPasskeyHandler<Operator>, PasskeyHandler<Operator>>();
        services.AddSingleton<PasskeyStore>().AddSingleton<Passkeys>();
        services.Configure<IdentityPasskeyOptions>(options =>
        {
            options.ServerDomain = new Uri(settings.BaseUrl).Host;
            options.UserVerificationRequirement = "required";
            options.ResidentKeyRequirement = "required";
            options.AuthenticatorTimeout = ChallengeLifetime;

            // By default, the handler compares with the Origin header of the request.
            options.ValidateOrigin = context => ValueTask.FromResult(!context.CrossOrigin && context.Origin == settings.BaseUrl);
        });
    }

    /// <summary>The options with which the browser creates a passkey of this operator.</summary>
    public async Task<PasskeyOptions> OptionsForAddingAsync(HttpContext http, OperatorSession session)
    {
        var result = await Handler(http).MakeCreationOptionsAsync(
            new() { Id = session.Operator.Id.Value, Name = session.Operator.Email, DisplayName = session.Operator.Name }, http);
        return new(result.CreationOptionsJson, Sign($"{ForAdding} {session.Id}", result.AttestationState!));
    }

    /// <summary>Adds the passkey that the browser created.</summary>
    public async Task<bool> AddAsync(HttpContext http, OperatorSession session, string name, string credential, string challenge)
    {
        if (Read($"{ForAdding} {session.Id}", challenge) is not { } signed)
        {
            return false;
        }

        var result = await Handler(http).PerformAttestationAsync(
            new() { HttpContext = http, CredentialJson = credential, AttestationState = signed.State });
        if (!result.Succeeded || result.UserEntity.Id != session.Operator.Id.Value
            || !await store.UseChallengeAsync(signed.Hash, signed.Expires, http.RequestAborted))
        {
            return false;
        }

        result.Passkey.Name = name;
        return await store.AddAsync(session.Operator, result.Passkey, http.RequestAborted);
    }

    /// <summary>The options with which the browser uses a passkey: any that it has for this server.</summary>
    public async Task<PasskeyOptions> OptionsForSignInAsync(HttpContext http)
    {
        var result = await Handler(http).MakeRequestOptionsAsync(null, http);
        return new(result.RequestOptionsJson, Sign(ForSignIn, result.AssertionState!));
    }

    /// <summary>Returns the operator whose passkey answered, or null.</summary>
    public async Task<Operator?> CheckAsync(HttpContext http, string credential, string challenge)
    {
        if (Read(ForSignIn, challenge) is not { } signed)
        {
            return null;
        }

        var result = await Handler(http).PerformAssertionAsync(
            new() { HttpContext = http, CredentialJson = credential, AssertionState = signed.State });
        return result.Succeeded && await store.UseChallengeAsync(signed.Hash, signed.Expires, http.RequestAborted)
            && await store.UsedAsync(result.Passkey, clock.GetUtcNow(), http.RequestAborted)
                ? result.User
                : null;
    }

    private static IPasskeyHandler<Operator> Handler(HttpContext http) =>
        http.RequestServices.GetRequiredService<IPasskeyHandler<Operator>>();

    /// <summary>State, expiry and key id, and a keyed hash over them and the purpose.</summary>
    private string Sign(string purpose, string state)
    {
        var key = keys.CurrentDerivationKey;
        var expires = (clock.GetUtcNow() + ChallengeLifetime).ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);
        var content = $"{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(state))}.{expires}.{key.Id}";
        return $"{content}.{key.Derive(KeyPurpose, $"{purpose}\n{content}")}";
    }

    private SignedState? Read(string purpose, string challenge)
    {
        if (challenge.Split('.') is not [var state, var expires, var keyId, var mac] || keys.FindSymmetric(keyId) is not { } key
            || !Secret.AreEqual(mac, key.Derive(KeyPurpose, $"{purpose}\n{challenge[..challenge.LastIndexOf('.')]}")))
        {
            return null;
        }

        var until = DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(expires, CultureInfo.InvariantCulture));
        return until > clock.GetUtcNow()
            ? new(Encoding.UTF8.GetString(Base64Url.DecodeFromChars(state)), until, SHA256.HashData(Encoding.UTF8.GetBytes(challenge)))
            : null;
    }

    private sealed record SignedState(string State, DateTimeOffset Expires, byte[] Hash);
}

/// <param name="Json">The argument of <c>navigator.credentials</c>.</param>
/// <param name="Challenge">Sent back with the answer of the authenticator.</param>
internal sealed record PasskeyOptions(string Json, string Challenge);
