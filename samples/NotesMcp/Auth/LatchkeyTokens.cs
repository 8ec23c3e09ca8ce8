using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.IdentityModel.Tokens;

namespace NotesMcp.Auth;

/// <summary>
/// Validates access tokens with Latchkey's keys (RFC 9068 §4): signature, type, issuer, audience, lifetime. The keys are read from the
/// issuer's metadata, cached, and fetched again when a token has an unknown key id.
/// </summary>
internal static class LatchkeyTokens
{
    public static void AddLatchkeyTokens(this IServiceCollection services, NotesSettings settings)
    {
        services.AddAuthentication(JwtBearerDefaults.AuthenticationScheme).AddJwtBearer(bearer =>
        {
            bearer.Authority = settings.Issuer;
            bearer.RequireHttpsMetadata = !new Uri(settings.Issuer).IsLoopback;
            bearer.MapInboundClaims = false;
            bearer.TokenValidationParameters = new TokenValidationParameters
            {
                ValidIssuer = settings.Issuer,
                ValidAudience = settings.ResourceUri.OriginalString,
                ValidTypes = ["at+jwt"],
                ValidAlgorithms = [SecurityAlgorithms.RsaSha256, SecurityAlgorithms.EcdsaSha256],
                ClockSkew = TimeSpan.FromSeconds(30),
                NameClaimType = "name",
            };
            bearer.Events = new JwtBearerEvents
            {
                OnChallenge = context =>
                {
                    context.HandleResponse();
                    Challenge.Unauthorized(context.Response, settings, tokenWasRefused: context.AuthenticateFailure is not null);
                    return Task.CompletedTask;
                },
            };
        });
        services.AddAuthorization();
    }
}
