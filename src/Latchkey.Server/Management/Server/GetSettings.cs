using System.Text.Json.Nodes;

namespace Latchkey.Server.Management.Server;

internal static class GetSettings
{
    public static void Map(IEndpointRouteBuilder app) => app.MapGet("/api/v1/settings", Handle)
        .Describe(ManagementPolicies.Read, new(
            "GetSettings", OperationTags.Server, "Read the settings", OperationResponse.Ok(() => Samples.Settings),
            "Durations are in seconds. Secrets are not shown."));

    private static IResult Handle(Settings settings) => JsonResponses.Ok(SettingsResponse.Of(settings));
}

/// <summary>Durations in seconds. The members are the entries of <see cref="SettingsTable"/>.</summary>
internal sealed class SettingsResponse : Dictionary<string, JsonNode?>
{
    public static SettingsResponse Of(Settings settings)
    {
        var body = new SettingsResponse();
        foreach (var setting in SettingsTable.All)
        {
            if (setting.ShowInApi(settings) is { } value)
            {
                body.Add(setting.ApiName, value);
            }
        }

        return body;
    }
}
