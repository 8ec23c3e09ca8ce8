using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Latchkey.Server.Storage;

/// <summary>
/// The JSON of configuration documents in the database. In older rows, a newer member has the default of its record. Generated serializers
/// ignore that default, so these use reflection.
/// </summary>
internal static class DocumentJson
{
    private static readonly JsonSerializerOptions Options = new()
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
        Converters =
        {
            new ResourceIdJson(), new ConnectionIdJson(), new ClientIdJson(), new ApiClientIdJson(), new ScopeIdJson(), new SecretIdJson(),
            new InitialAccessTokenIdJson(), new WebhookEndpointIdJson(),
        },
    };

    public static JsonTypeInfo<T> Of<T>() => (JsonTypeInfo<T>)Options.GetTypeInfo(typeof(T));
}
