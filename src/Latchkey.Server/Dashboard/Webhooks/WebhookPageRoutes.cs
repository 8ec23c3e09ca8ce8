using Latchkey.Server.Operators;

namespace Latchkey.Server.Dashboard.Webhooks;

/// <summary>Registers and maps the pages of webhook endpoints.</summary>
internal static class WebhookPageRoutes
{
    public static readonly DashboardRoute List = DashboardRoute.Page("/dashboard/webhooks");
    public static readonly DashboardRoute New = DashboardRoute.Page("/dashboard/webhooks/new", OperatorRole.Admin);
    public static readonly DashboardRoute Create = DashboardRoute.Post("/dashboard/webhooks/new", OperatorRole.Admin);
    public static readonly DashboardRoute Page = DashboardRoute.Page("/dashboard/webhooks/{webhook}");
    public static readonly DashboardRoute Edit = DashboardRoute.Page("/dashboard/webhooks/{webhook}/edit", OperatorRole.Admin);
    public static readonly DashboardRoute Save = DashboardRoute.Post("/dashboard/webhooks/{webhook}/edit", OperatorRole.Admin);
    public static readonly DashboardRoute SwitchOn = DashboardRoute.Post("/dashboard/webhooks/{webhook}/enable", OperatorRole.Admin);
    public static readonly DashboardRoute SwitchOff = DashboardRoute.Post("/dashboard/webhooks/{webhook}/disable", OperatorRole.Admin);
    public static readonly DashboardRoute Test = DashboardRoute.Post("/dashboard/webhooks/{webhook}/test", OperatorRole.Admin);
    public static readonly DashboardRoute RotatePage = DashboardRoute.Page("/dashboard/webhooks/{webhook}/rotate", OperatorRole.Admin);
    public static readonly DashboardRoute Rotate = DashboardRoute.Post("/dashboard/webhooks/{webhook}/rotate", OperatorRole.Admin);
    public static readonly DashboardRoute DeletePage = DashboardRoute.Page("/dashboard/webhooks/{webhook}/delete", OperatorRole.Admin);
    public static readonly DashboardRoute Delete = DashboardRoute.Post("/dashboard/webhooks/{webhook}/delete", OperatorRole.Admin);
    public static readonly DashboardRoute Deliveries = DashboardRoute.Page("/dashboard/webhooks/{webhook}/deliveries");
    public static readonly DashboardRoute Delivery = DashboardRoute.Page("/dashboard/webhooks/{webhook}/deliveries/{delivery}");

    public static readonly DashboardRoute SendAgain =
        DashboardRoute.Post("/dashboard/webhooks/{webhook}/deliveries/{delivery}/again", OperatorRole.Admin);

    public static void Add(IServiceCollection services) =>
        services.AddSingleton<WebhookPages>().AddSingleton<WebhookFormPages>().AddSingleton<DeliveryPages>();

    public static void Map(IEndpointRouteBuilder app)
    {
        WebhookPages.Map(app);
        WebhookFormPages.Map(app);
        DeliveryPages.Map(app);
    }
}
