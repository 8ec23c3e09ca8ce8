using System.Text.Json.Nodes;
using Latchkey.Server.Credentials;
using Latchkey.Server.Dashboard.Forms;
using Latchkey.Server.Management;
using Latchkey.Server.Management.Secrets;

namespace Latchkey.Server.Dashboard.Secrets;

/// <summary>A client or machine whose secrets a page changes.</summary>
/// <param name="Path">Its page.</param>
/// <param name="Id">Its segment in the path.</param>
internal sealed record SecretHolder(SecretOwner Owner, string Name, string Path, string Id, IReadOnlyList<ClientSecret> Secrets);

/// <summary>
/// Adds and removes the secrets of clients and machines. A secret is shown once, on the response of the form that added it.
/// </summary>
internal sealed class SecretPages(ClientSecrets secrets)
{
    public async Task<IResult> AddAsync(DashboardRequest request, SecretHolder holder)
    {
        var outcome = await secrets.AddAsync(
            request.Operator.Actor, holder.Owner, JsonBody.Of(new JsonObject()), IfMatch.Unsaid, request.Aborted);
        return outcome.ProblemOr(out var added) is { } problem
            ? DashboardErrors.Of(problem).Page(request)
            : request.Page<NewSecretPage, NewSecret>(
                "New secret", new($"New secret of {holder.Name}", holder.Name, holder.Path, holder.Id, added.Plain!.Value.Value));
    }

    public static IResult AskToRemove(DashboardRequest request, SecretHolder holder, DashboardRoute remove)
    {
        if (holder.Secrets.FirstOrDefault(s => s.Id.Value == request.Value("secret")) is not { } secret)
        {
            return DashboardErrors.NotFound.Page(request);
        }

        var others = holder.Secrets.Count(s => s.Id != secret.Id && s.IsGood(request.Now));
        return request.Ask(new()
        {
            Title = $"Remove the secret …{secret.Suffix}?",
            Parent = holder.Name,
            CancelPath = holder.Path,
            Ends =
            [
                "It is refused at once, on every node.",
                others == 0
                    ? $"It is the only secret that works: {holder.Name} cannot authenticate any more."
                    : others == 1 ? "1 other secret goes on working." : $"{others} other secrets go on working.",
            ],
            Stays = "Tokens that were issued to it live until they expire.",
            Route = remove,
            Ids = [holder.Id, secret.Id.Value],
            Verb = "Remove the secret",
        });
    }

    public async Task<IResult> RemoveAsync(DashboardRequest request, SecretHolder holder) =>
        await secrets.DeleteAsync(
            request.Operator.Actor, holder.Owner, request.Value("secret"), IfMatch.Unsaid, request.Aborted) is { } problem
            ? problem.Status == StatusCodes.Status404NotFound
                ? DashboardErrors.NotFound.Page(request) : DashboardErrors.Of(problem).Page(request)
            : await request.RedirectAsync(holder.Path, "The secret was removed.");
}

/// <summary>The data of <c>NewSecretPage</c>.</summary>
/// <param name="Parent">The name of the client or machine.</param>
internal sealed record NewSecret(string Title, string Parent, string Path, string Id, string Plain);
