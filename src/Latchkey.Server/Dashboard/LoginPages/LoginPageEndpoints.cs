using Latchkey.Server.SignIns;
using Latchkey.Server.Storage;

namespace Latchkey.Server.Dashboard.LoginPages;

/// <summary>Registers and maps the pages of login pages.</summary>
internal static class LoginPageEndpoints
{
    public static void Add(IServiceCollection services) =>
        services.AddSingleton(provider => new LoginPageReports(provider.GetRequiredService<Databases>().SignIns))
            .AddSingleton<LoginPagePages>().AddSingleton<NewLoginPages>().AddSingleton<LoginPageFormPages>()
            .AddSingleton<VerificationPages>().AddSingleton<LoginCredentialPages>().AddSingleton<DeleteLoginPages>();

    public static void Map(IEndpointRouteBuilder app)
    {
        LoginPagePages.Map(app);
        NewLoginPages.Map(app);
        LoginPageFormPages.Map(app);
        VerificationPages.Map(app);
        LoginCredentialPages.Map(app);
        DeleteLoginPages.Map(app);
    }
}
