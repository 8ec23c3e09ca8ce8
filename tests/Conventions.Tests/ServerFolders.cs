namespace Conventions.Tests;

/// <summary>
/// The layers of the server, in the order in which they build on each other, and the folders of each layer. A new folder is a new
/// capability: it is added here, at its layer, with one line that says what it owns.
/// </summary>
internal static class ServerFolders
{
    /// <summary>The files that lie in no folder: they compose the program from all the others.</summary>
    public const string Root = "(root)";

    private static readonly (string Layer, (string Folder, string Owns)[] Folders)[] Layers =
    [
        ("Vocabulary",
        [
            ("OAuth", "ids, secrets, scopes, URIs, parameters and errors as the RFCs define them; no I/O"),
            ("Http", "bearer tokens, JSON bodies, problem details, CORS and cacheable documents"),
        ]),
        ("Engine",
        [
            ("Supervision", "background work: restarts, back-off, counts of its failures"),
            ("Storage", "SQLite and PostgreSQL behind one interface, with their migrations"),
            ("Crypto", "the key-encryption key and what it seals"),
            ("Audit", "the audit log of configuration changes"),
            ("SignIns", "the sign-in log: the events of every sign-in"),
            ("Telemetry", "spans of the steps of a sign-in, metrics, and their export"),
            ("Network", "ports, proxies, client addresses and outbound fetches"),
            ("Limits", "rate limits"),
            ("Refusals", "OAuth error responses and the record of every refusal, with its cause and reference"),
            ("Languages", "the texts of the pages that a person sees, a record per language"),
            ("Pages", "layout and components of the pages that a person sees"),
            ("Fields", "field tables: the declaration of every configurable field and what is derived from it"),
        ]),
        ("Entities",
        [
            ("Credentials", "client secrets and client keys"),
            ("Resources", "MCP servers and their scopes"),
            ("Connections", "login pages of companies"),
            ("ApiClients", "credentials of a company's backend for the management API"),
            ("WebhookEndpoints", "webhook endpoints, and the outbox of the events that are sent to them"),
            ("Operators", "people who use the dashboard: their roles, passwords, passkeys and sessions"),
            ("Keys", "signing, derivation and refresh keys, and their rotation"),
            ("Configuration", "the stored configuration, held in memory"),
            ("Clients", "OAuth clients, their authentication and their trust"),
        ]),
        ("State",
        [
            ("LoginRequests", "the state machine of a login request: rows, secrets, binding cookie, next step"),
            ("Grants", "grants, refresh token families, consents on record"),
        ]),
        ("Flows",
        [
            ("Registration", "dynamic client registration"),
            ("ClientMetadata", "clients identified by a metadata document at an https URL"),
            ("Authorize", "the authorization endpoint and pushed authorization requests"),
            ("Login", "the report of the company's backend and the return of the browser"),
            ("Consent", "the consent page and its decision"),
            ("Token", "the token endpoint and its grant types"),
            ("Revocation", "the revocation endpoint"),
            ("Introspection", "the introspection endpoint"),
            ("UserInfo", "the userinfo endpoint"),
            ("Discovery", "metadata documents and key sets"),
        ]),
        ("Surfaces",
        [
            ("Management", "the management API: one file per operation, one folder per entity"),
            ("Grpc", "Scalekit's gRPC services over the same flows"),
            ("ConfigurationFile", "the configuration as a file: plan, apply, export"),
            ("ScalekitImport", "a configuration file from a Scalekit environment"),
            ("OpenApi", "the OpenAPI document and the API reference page"),
            ("Webhooks", "deliveries of events to webhook endpoints: signatures, requests, retries"),
            ("Dashboard", "the pages of operators"),
            ("Account", "the page of connected programs, for the people who allowed them"),
            ("Health", "health checks and the exception middleware"),
            ("Cli", "the commands of the program"),
        ]),
        (Root, [(Root, "Program, ServiceRegistration, Settings, Bootstrap, Cleanup")]),
    ];

    public static IEnumerable<string> Names => Layers.SelectMany(layer => layer.Folders).Select(folder => folder.Folder);

    /// <summary>The position of the folder's layer in the list; a folder that is not listed comes after all others.</summary>
    public static int LayerOf(string folder)
    {
        var index = Array.FindIndex(Layers, layer => Array.Exists(layer.Folders, listed => listed.Folder == folder));
        return index < 0 ? Layers.Length : index;
    }
}
