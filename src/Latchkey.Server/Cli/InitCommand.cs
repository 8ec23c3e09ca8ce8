using System.CommandLine;
using System.Text.Json.Nodes;
using Latchkey.Server.Management.Setup;
using Latchkey.Server.Storage;

namespace Latchkey.Server.Cli;

/// <summary>
/// <c>latchkey init</c>: sets up one MCP server with one login page and prints the variables that both need. stdout has the variables
/// alone; what was done and advice go to stderr.
/// </summary>
internal static class InitCommand
{
    private const string Stdout = "-";

    private static readonly Dictionary<string, string> OptionOfMember = new(StringComparer.Ordinal)
    {
        ["resource_uri"] = "--mcp",
        ["login_url"] = "--login",
        ["name"] = "--name",
        ["scopes"] = "--scopes",
        ["new_secret"] = "--new-secret",
    };

    public static Command New(CommandRunner run)
    {
        var mcp = new Option<string>("--mcp") { Description = "The URL of the MCP server, as clients enter it.", Required = true };
        var login = new Option<string>("--login") { Description = "The URL of your login page.", Required = true };
        var name = new Option<string>("--name")
        {
            Description = "The name of the MCP server on the consent page. Default: its host."
        };
        var scopes = new Option<string[]>("--scopes")
        {
            Description = "The scopes of the MCP server, separated by spaces or commas."
        };
        var env = new Option<string>("--env")
        {
            Description = "Write the variables to this file (mode 0600); other lines of it stay. Default: -, which is stdout."
        };
        var newSecret = new Option<bool>("--new-secret")
        {
            Description = "Add a secret to the login credential that exists. The former ones stay valid."
        };
        var server = new RemoteServerOptions.Declared();
        var init = new Command(
            "init",
            """
            Set up an MCP server with your login page: the resource, its connection and a credential for the login page. Prints the
            variables that both programs need. A second run with the same URLs finds what exists and changes nothing.

            Examples:
              latchkey init --mcp https://mcp.example.com/mcp --login https://app.example.com/login --env .env
              latchkey init --mcp http://localhost:3000/mcp --login http://localhost:4000/login --scopes "notes:read notes:write"
              latchkey init --mcp https://mcp.example.com/mcp --login https://app.example.com/login --new-secret
              latchkey init --mcp https://mcp.example.com/mcp --login https://app.example.com/login \
                --url https://auth.example.com --client-id skc_ops --client-secret file:ops.secret

            Exit codes: 0 done; 1 failed, try again; 2 an option, a setting or a file has to be corrected.
            """)
        {
            mcp, login, name, scopes, env, newSecret,
        };
        server.AddTo(init);
        init.SetAction((parsed, stop) =>
        {
            var request = new JsonObject
            {
                ["resource_uri"] = parsed.GetValue(mcp),
                ["login_url"] = parsed.GetValue(login),
                ["name"] = parsed.GetValue(name),
                ["scopes"] = Scopes(parsed.GetValue(scopes)),
                ["new_secret"] = parsed.GetValue(newSecret),
            };
            var (connect, file) = (server.Server(parsed), parsed.GetValue(env) ?? Stdout);
            return run((settings, cancel) => InitAsync(connect(settings), request, file, cancel), stop);
        });
        return init;
    }

    /// <summary>The message for an error of a request, with the options instead of the members.</summary>
    public static UnusableSetting Refused(ProblemBody problem) => new(problem.Errors is null
        ? problem.Detail
        : string.Join(
            Environment.NewLine,
            problem.Errors.Select(e => $"{OptionOfMember.GetValueOrDefault(e.Key, e.Key)} {string.Join(", ", e.Value)}.")));

    private static async Task InitAsync(ConfigurationServer server, JsonObject request, string env, CancellationToken cancellationToken)
    {
        await using (server)
        {
            using var file = env == Stdout ? null : EnvFile.Open(env);
            file?.AssertIsFor((string)request["resource_uri"]!);
            var setup = await server.SetUpAsync(request, cancellationToken);
            foreach (var difference in setup.Differences)
            {
                await Console.Error.WriteLineAsync($"+ {difference.Title}");
            }

            foreach (var note in setup.Notes)
            {
                await Console.Error.WriteLineAsync(note);
            }

            var variables = IntegrationVariables.Of(setup.Integration, setup.ClientId, setup.PlainSecret);
            await WriteAsync(variables, file, env);
            await Console.Error.WriteLineAsync(Advice(setup));
        }
    }

    /// <summary>Writes the variables to the file, or to stdout without one.</summary>
    public static async Task WriteAsync(IntegrationVariables variables, EnvFile? file, string name)
    {
        if (file is null)
        {
            await Console.Out.WriteAsync(variables.ToString());
            return;
        }

        try
        {
            file.Write(variables);
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            // The secret would be lost.
            await Console.Out.WriteAsync(variables.ToString());
            throw new UnusableSetting($"--env {name} cannot be written: {failed.Message} The variables are on stdout instead.");
        }

        await Console.Error.WriteLineAsync($"The variables are in {name} (mode 0600). Keep it out of version control.");
    }

    private static string Advice(SetupResponse setup) =>
        $"""
        {(setup.PlainSecret is not null
            ? $"The secret of {setup.ClientId} is shown only now: Latchkey stores its hash."
            : $"The login credential {setup.ClientId} exists and keeps its secret. --new-secret makes another one.")}
        Next: give the variables to the login page and the MCP server (docs/guide/bring-your-own-auth.md says what each does with
        them), start the server with 'latchkey serve', and add {setup.Integration.ResourceUri} to an MCP client.
        """;

    private static JsonArray? Scopes(string[]? scopes) => scopes is null or []
        ? null
        : new JsonArray([
            .. scopes.SelectMany(s => s.Split([' ', ','], StringSplitOptions.RemoveEmptyEntries)).Distinct(StringComparer.Ordinal)
                .Select(s => (JsonNode)JsonValue.Create(s))]);
}
