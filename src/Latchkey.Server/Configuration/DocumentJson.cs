using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Latchkey.Server.ApiClients;
using Latchkey.Server.Clients;
using Latchkey.Server.Connections;
using Latchkey.Server.OAuth;
using Latchkey.Server.Resources;

namespace Latchkey.Server.Configuration;

/// <summary>
/// The JSON of configuration documents in the database. In older rows, a newer member has the default of its record. Generated serializers
/// ignore that default, so these use reflection.
/// </summary>
internal sealed class DocumentJson
{
    private static readonly JsonSerializerOptions Options = new()
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
        Converters =
        {
            new ResourceIdJson(), new ConnectionIdJson(), new ClientIdJson(), new ApiClientIdJson(), new ScopeIdJson(), new SecretIdJson(), new InitialAccessTokenIdJson(),
        },
    };

    private DocumentJson() { }

    public static DocumentJson Default { get; } = new();

    public JsonTypeInfo<Resource> Resource { get; } = Of<Resource>();

    public JsonTypeInfo<Connection> Connection { get; } = Of<Connection>();

    public JsonTypeInfo<Client> Client { get; } = Of<Client>();

    public JsonTypeInfo<ApiClient> ApiClient { get; } = Of<ApiClient>();

    private static JsonTypeInfo<T> Of<T>() => (JsonTypeInfo<T>)Options.GetTypeInfo(typeof(T));
}

/// <summary>Writes an id as a JSON string.</summary>
internal abstract class IdJson<T>(Func<string, T> of, Func<T, string> text) : JsonConverter<T>
{
    public sealed override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => of(reader.GetString() ?? "");

    public sealed override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WriteStringValue(text(value));
}

internal sealed class ResourceIdJson() : IdJson<ResourceId>(text => new(text), id => id.Value);

internal sealed class ConnectionIdJson() : IdJson<ConnectionId>(text => new(text), id => id.Value);

internal sealed class ClientIdJson() : IdJson<ClientId>(text => new(text), id => id.Value);

internal sealed class ApiClientIdJson() : IdJson<ApiClientId>(text => new(text), id => id.Value);

internal sealed class ScopeIdJson() : IdJson<ScopeId>(text => new(text), id => id.Value);

internal sealed class SecretIdJson() : IdJson<SecretId>(text => new(text), id => id.Value);

internal sealed class InitialAccessTokenIdJson() : IdJson<InitialAccessTokenId>(text => new(text), id => id.Value);
