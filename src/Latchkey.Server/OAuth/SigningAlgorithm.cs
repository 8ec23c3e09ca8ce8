using System.Text.Json.Serialization;

namespace Latchkey.Server.OAuth;

/// <summary>Signature algorithm of access tokens. The default is RS256, because some MCP SDKs accept no other.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<SigningAlgorithm>))]
internal enum SigningAlgorithm
{
    RS256,
    ES256,
    PS256,
}
