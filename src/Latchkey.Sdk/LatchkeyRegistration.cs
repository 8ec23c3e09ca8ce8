using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Latchkey.Sdk;

/// <summary>Adds Latchkey to an app's services.</summary>
public static class LatchkeyRegistration
{
    /// <summary>The name of the <see cref="HttpClient"/> that the Latchkey client uses.</summary>
    public const string HttpClientName = "Latchkey";

    /// <summary>Registers <see cref="LatchkeyClient"/> as a singleton and validates the options at start-up.</summary>
    /// <param name="services">The app's services.</param>
    /// <param name="configure">Sets the options: <see cref="LatchkeyOptions.BaseUrl"/>, the credential and the connection.</param>
    /// <returns>The builder of the client's <see cref="HttpClient"/>, for example to add a proxy,
    /// a client certificate or retries.</returns>
    /// <exception cref="OptionsValidationException">Thrown at start-up; the message names the option to set.</exception>
    public static IHttpClientBuilder AddLatchkey(this IServiceCollection services, Action<LatchkeyOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        services.AddSingleton<IValidateOptions<LatchkeyOptions>, LatchkeyOptionsValidator>();
        services.AddOptions<LatchkeyOptions>().Configure(configure).ValidateOnStart();
        services.AddSingleton(provider =>
        {
            var options = provider.GetRequiredService<IOptions<LatchkeyOptions>>().Value;
            var http = provider.GetRequiredService<IHttpClientFactory>().CreateClient(HttpClientName);
            http.Timeout = options.Timeout;
            return new LatchkeyClient(http, options, provider.GetService<TimeProvider>());
        });

        // The client lives as long as the process, so connections (and not handlers) are recycled to follow DNS changes.
        return services.AddHttpClient(HttpClientName)
            .UseSocketsHttpHandler((handler, _) =>
            {
                handler.PooledConnectionLifetime = TimeSpan.FromMinutes(5);
                handler.AllowAutoRedirect = false;
                handler.UseCookies = false;
            })
            .SetHandlerLifetime(Timeout.InfiniteTimeSpan);
    }

    private sealed class LatchkeyOptionsValidator : IValidateOptions<LatchkeyOptions>
    {
        public ValidateOptionsResult Validate(string? name, LatchkeyOptions options) =>
            options.Validate() is { } error ? ValidateOptionsResult.Fail(error) : ValidateOptionsResult.Success;
    }
}
