using System.CommandLine;
using Latchkey.Server.Storage;

namespace Latchkey.Server.Cli;

/// <summary>The options of a command that can configure a remote server, and their values.</summary>
/// <param name="Token">A management token, or null to get one with the credential.</param>
internal sealed record RemoteServerOptions(Uri Address, Secret? Token, string ClientId, Secret? Secret)
{
    private const string TokenVariable = "LATCHKEY_MANAGEMENT_TOKEN";
    private const string ClientIdVariable = "LATCHKEY_MANAGEMENT_CLIENT_ID";
    private const string ClientSecretVariable = "LATCHKEY_MANAGEMENT_CLIENT_SECRET";

    /// <summary>Declares the options of a command, and reads their values.</summary>
    public sealed class Declared
    {
        private readonly Option<string> url = new("--url")
        {
            Description = "The base URL of a remote server, which is configured through its API. Default: the database of the settings."
        };

        private readonly Option<string> token = new("--token")
        {
            Description = $"A token of a management API client for --url: env:NAME or file:<path>. Default: env:{TokenVariable}."
        };

        private readonly Option<string> clientId = new("--client-id")
        {
            Description = $"Instead of a token: the id of an API client of role management. Default: env:{ClientIdVariable}."
        };

        private readonly Option<string> clientSecret = new("--client-secret")
        {
            Description = $"Its secret: env:NAME or file:<path>. Default: env:{ClientSecretVariable}."
        };

        public void AddTo(Command command)
        {
            command.Add(url);
            command.Add(token);
            command.Add(clientId);
            command.Add(clientSecret);
        }

        /// <summary>Returns the server that the options name: without --url, the database of the settings.</summary>
        public Func<Settings, ConfigurationServer> Server(ParseResult parsed)
        {
            var (address, given) = (parsed.GetValue(url), parsed.GetValue(token));
            var (id, secret) = (parsed.GetValue(clientId), parsed.GetValue(clientSecret));
            return settings => address is not null
                ? new RemoteServer(Read(address, given, id, secret))
                : given is null && id is null && secret is null
                    ? new LocalServer(settings)
                    : throw new UnusableSetting("--token, --client-id and --client-secret are for a remote server: add --url.");
        }
    }

    private static RemoteServerOptions Read(string address, string? token, string? clientId, string? clientSecret)
    {
        // The credential is sent there.
        if (!WebUrl.IsOne(address) || new Uri(address) is not { AbsolutePath: "/", Query: "" } uri
            || (uri.Scheme != "https" && !uri.IsLoopback))
        {
            throw new UnusableSetting("--url must be the https base URL of the server without a path, for example "
                + "https://auth.example.com (http only for loopback).");
        }

        if (token is not null && (clientId ?? clientSecret) is not null)
        {
            throw new UnusableSetting("--token cannot stand beside --client-id and --client-secret.");
        }

        if (token is not null || (clientId is null && clientSecret is null && Variable(TokenVariable) is not null))
        {
            return new(uri, TokenOf(token), ClientId: "", Secret: null);
        }

        var id = clientId ?? Variable(ClientIdVariable);
        return id is not null && (clientSecret ?? Variable(ClientSecretVariable)) is not null
            ? new(uri, Token: null, id, SecretArgument.Read(
                clientSecret is null ? ClientSecretVariable : "--client-secret", clientSecret ?? $"env:{ClientSecretVariable}"))
            : throw new UnusableSetting($"--url needs a credential of role management: --token, or --client-id and --client-secret, or the "
                + $"variables {TokenVariable}, or {ClientIdVariable} and {ClientSecretVariable}.");
    }

    /// <summary>A token itself is accepted too: it is short-lived.</summary>
    private static Secret TokenOf(string? token)
    {
        var read = token is null ? SecretArgument.Read(TokenVariable, $"env:{TokenVariable}")
            : SecretArgument.IsReference(token) ? SecretArgument.Read("--token", token)
            : new(token);
        return read.Value.Length > 0 && read.Value.All(c => c is > ' ' and <= '~')
            ? read
            : throw new UnusableSetting("--token must be one token, without spaces and line breaks.");
    }

    private static string? Variable(string name) =>
        Environment.GetEnvironmentVariables()[name] is string { Length: > 0 } value ? value : null;
}
