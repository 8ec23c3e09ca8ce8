using Latchkey.Server.Dashboard.Find;
using Latchkey.Server.SignIns;
using Latchkey.Server.Storage;
using Latchkey.Server.Supervision;

namespace Latchkey.Server.Dashboard.SignIns;

/// <summary>Registers and maps the pages about sign-ins.</summary>
internal static class SignInEndpoints
{
    public static void Add(IServiceCollection services)
    {
        services.AddSingleton<LogReader>().AddSingleton<LiveStream>().AddSingleton<SignInListPages>().AddSingleton<LiveEventPages>()
            .AddSingleton<SignInPages>();
        services.AddSingleton<FindPages>().AddSingleton<FoundEntity>().AddSingleton<SignInContexts>();
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<SignInTail>(
            provider, provider.GetRequiredService<Databases>().SignIns));
        BackgroundLoop.Add<SignInTail>(services, SignInTail.LoopName, (tail, stop) => tail.RunAsync(stop));
    }

    public static void Map(IEndpointRouteBuilder app)
    {
        SignInListPages.Map(app);
        LiveEventPages.Map(app);
        SignInPages.Map(app);
        FindPages.Map(app);
    }
}
