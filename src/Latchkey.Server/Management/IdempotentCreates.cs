using System.Security.Cryptography;
using System.Text;
using Latchkey.Server.Crypto;
using Latchkey.Server.Storage;

namespace Latchkey.Server.Management;

/// <summary>
/// <c>Idempotency-Key</c>, for callers that lose the connection before the response (and the secret in it, which is shown only once):
/// 1. a key belongs to one caller, for a day; 2. a repeated request gets the first response, another request with the key is refused; 3. a
/// request that was refused or failed is deleted, so that a corrected one can use the key; 4. responses are stored encrypted with the
/// key-encryption key, as private keys are.
/// </summary>
internal sealed partial class IdempotentCreates(IdempotencyStore store, Seal seal, TimeProvider clock, ILogger<IdempotentCreates> logger)
{
    public const string Header = "Idempotency-Key";
    public const int MaxKeyLength = 255;
    private const string SealPurpose = "idempotent answer";

    public static readonly Problem Reused = new(
        422, "idempotency_key_reused",
        "This Idempotency-Key was used for another request within the last 24 hours. Use a new key for each entity.");
    public static readonly Problem InUse = new(
        409, "idempotency_key_in_use",
        "The first request with this Idempotency-Key is still being processed. Repeat this one in a few seconds.");
    public static readonly Problem Unreadable = new(
        409, "idempotent_answer_lost",
        "The first request with this Idempotency-Key succeeded, but its stored response was encrypted with a key that no longer exists. "
        + "Check whether the entity was created.");

    public async Task InvokeAsync(HttpContext http, RequestDelegate next)
    {
        var keys = http.Request.Headers[Header];
        if (keys.Count == 0 || http.GetEndpoint()?.Metadata.GetMetadata<Operation>() is not { TakesIdempotencyKey: true }
            || http.Request.ContentLength > JsonBody.MaxLength)
        {
            await next(http);
            return;
        }

        if (keys is not [{ Length: > 0 and <= MaxKeyLength } key] || !key.All(c => c is >= ' ' and <= '~'))
        {
            await Problem.Invalid(Header, $"must be one string of 1 to {MaxKeyLength} printable ASCII characters").ExecuteAsync(http);
            return;
        }

        var body = await BodyAsync(http.Request);
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{ApiCaller.Of(http)!.Client.Id}\n{key}"));
        var request = SHA256.HashData(
            [.. Encoding.UTF8.GetBytes($"{http.Request.Method} {http.Request.Path}{http.Request.QueryString}\n"), .. body]);
        switch (await store.BeginAsync(hash, request, clock.GetUtcNow(), http.RequestAborted))
        {
            case Repetition.First:
                await DoAsync(http, next, hash);
                break;
            case Repetition.Answered answered
                when Answer.Read(seal.Open(Convert.ToHexString(hash), SealPurpose, answered.Sealed)) is { } answer:
                await answer.ReplayAsync(http);
                break;
            case Repetition.Answered:
                await Unreadable.ExecuteAsync(http);
                break;
            case Repetition.UnderWay:
                await InUse.ExecuteAsync(http);
                break;
            case Repetition.OfAnotherRequest:
                await Reused.ExecuteAsync(http);
                break;
        }
    }

    /// <summary>Buffers the body so that it can be read again. Of a body that is too large, reads enough for that error.</summary>
    private static async Task<byte[]> BodyAsync(HttpRequest request)
    {
        var whole = new MemoryStream();
        var buffer = new byte[8 * 1024];
        while (whole.Length <= JsonBody.MaxLength
            && await request.Body.ReadAsync(buffer, request.HttpContext.RequestAborted) is var read and > 0)
        {
            whole.Write(buffer, 0, read);
        }

        whole.Position = 0;
        request.Body = whole;
        return whole.ToArray();
    }

    private async Task DoAsync(HttpContext http, RequestDelegate next, byte[] hash)
    {
        var wire = http.Response.Body;
        using var written = new MemoryStream();
        http.Response.Body = written;
        var isDone = false;
        try
        {
            await next(http);
            isDone = http.Response.StatusCode is >= 200 and < 300;
        }
        finally
        {
            http.Response.Body = wire;
            await RememberAsync(
                hash, isDone ? new Answer(http.Response.StatusCode, http.Response.Headers.ETag.ToString(), written.ToArray()) : null);
        }

        written.Position = 0;
        await written.CopyToAsync(wire, http.RequestAborted);
    }

    /// <summary>Stores the response. It is sent even if it cannot be stored, because the entity exists.</summary>
    private async Task RememberAsync(byte[] hash, Answer? answer)
    {
        try
        {
            await (answer is null
                ? store.ForgetAsync(hash, CancellationToken.None)
                : store.KeepAsync(hash, seal.Close(Convert.ToHexString(hash), SealPurpose, answer.Write()), CancellationToken.None));
        }
        catch (StorageUnavailable away)
        {
            NotKept(logger, away);
        }
    }

    /// <param name="Tag">The ETag, or empty.</param>
    private sealed record Answer(int Status, string Tag, byte[] Body)
    {
        public byte[] Write() => [.. Encoding.UTF8.GetBytes($"{Status}\n{Tag}\n"), .. Body];

        public static Answer? Read(byte[]? written)
        {
            var parts = written is null ? [] : Encoding.UTF8.GetString(written).Split('\n', 3);
            return parts is [var status, var tag, var body]
                ? new(int.Parse(status, System.Globalization.CultureInfo.InvariantCulture), tag, Encoding.UTF8.GetBytes(body))
                : null;
        }

        public Task ReplayAsync(HttpContext http)
        {
            http.Response.Headers["Idempotent-Replayed"] = "true";
            return (new JsonResult(Status, json => json.WriteRawValue(Body)) with { ETag = Tag.Length > 0 ? Tag : null })
                .ExecuteAsync(http);
        }
    }

    [LoggerMessage(
        1501, LogLevel.Warning,
        "The response to an idempotent request could not be stored; a repetition after one minute is carried out again")]
    private static partial void NotKept(ILogger logger, Exception reason);
}
