using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Latchkey.Sdk;

/// <summary>Latchkey in an app's dependency injection.</summary>
public static class LatchkeyRegistration
{
    /// <summary>Name of the <see cref="HttpClient"/> the Latchkey client sends with.</summary>
    public const string HttpClientName = "Latchkey";

    /// <summary>Registers <see cref="LatchkeyClient"/> (one for the process) and checks the options at start-up.</summary>
    /// <param name="services">The app's services.</param>
    /// <param name="configure">Sets the options: <see cref="LatchkeyOptions.BaseUrl"/>, the credential, and the connection.</param>
    /// <returns>The builder of the client's <see cref="HttpClient"/>, for proxies, client certificates, retries.</returns>
    /// <exception cref="OptionsValidationException">At start-up, with a sentence that says which option to set.</exception>
    public static IHttpClientBuilder AddLatchkey(this IServiceCollection services, Action<LatchkeyOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        services.AddSingleton<IValidateOptions<LatchkeyOptions>, LatchkeyOptionsCheck>();
        services.AddOptions<LatchkeyOptions>().Configure(configure).ValidateOnStart();
        services.AddSingleton(provider =>
        {
            var options = provider.GetRequiredService<IOptions<LatchkeyOptions>>().Value;
            var http = provider.GetRequiredService<IHttpClientFactory>().CreateClient(HttpClientName);
            http.Timeout = options.Timeout;
            return new LatchkeyClient(http, options, provider.GetService<TimeProvider>());
        });

        // The client lives as long as the process, so DNS changes are followed by recycling connections, not handlers.
        return services.AddHttpClient(HttpClientName)
            .UseSocketsHttpHandler((handler, _) =>
            {
                handler.PooledConnectionLifetime = TimeSpan.FromMinutes(5);
                handler.AllowAutoRedirect = false;
                handler.UseCookies = false;
            })
            .SetHandlerLifetime(Timeout.InfiniteTimeSpan);
    }

    private sealed class LatchkeyOptionsCheck : IValidateOptions<LatchkeyOptions>
    {
        public ValidateOptionsResult Validate(string? name, LatchkeyOptions options) =>
            options.WhatIsWrong() is { } wrong ? ValidateOptionsResult.Fail(wrong) : ValidateOptionsResult.Success;
    }
}
