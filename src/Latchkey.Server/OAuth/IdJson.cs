using System.Text.Json;
using System.Text.Json.Serialization;

namespace Latchkey.Server.OAuth;

/// <summary>Writes an id as a JSON string.</summary>
internal abstract class IdJson<T>(Func<string, T> of, Func<T, string> text) : JsonConverter<T>
{
    public sealed override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        of(reader.GetString() ?? "");

    public sealed override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) =>
        writer.WriteStringValue(text(value));
}

internal sealed class ResourceIdJson() : IdJson<ResourceId>(text => new(text), id => id.Value);

internal sealed class ConnectionIdJson() : IdJson<ConnectionId>(text => new(text), id => id.Value);

internal sealed class ClientIdJson() : IdJson<ClientId>(text => new(text), id => id.Value);

internal sealed class ApiClientIdJson() : IdJson<ApiClientId>(text => new(text), id => id.Value);

internal sealed class ScopeIdJson() : IdJson<ScopeId>(text => new(text), id => id.Value);

internal sealed class SecretIdJson() : IdJson<SecretId>(text => new(text), id => id.Value);

internal sealed class InitialAccessTokenIdJson() : IdJson<InitialAccessTokenId>(text => new(text), id => id.Value);

internal sealed class WebhookEndpointIdJson() : IdJson<WebhookEndpointId>(text => new(text), id => id.Value);
