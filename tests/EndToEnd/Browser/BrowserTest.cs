using System.Globalization;
using EndToEnd.Programs;
using Microsoft.AspNetCore.Http;
using Microsoft.Playwright;

namespace EndToEnd.Browser;

/// <summary>The base of these test classes: gives access to the running programs and disposes what a test creates. After a failed test it
/// saves the open page of each browser.</summary>
public abstract class BrowserTest(RunningDemo demo, Chromium chromium) : IAsyncLifetime
{
    private readonly List<IAsyncDisposable> participants = [];

    internal static string Failures { get; } = Path.Combine(DemoProgram.Built("Artifacts"), "tests", "end-to-end-failures");

    private protected RunningDemo Demo => demo;

    private protected Task<BrowserUser> NewUserAsync(BrowserNewContextOptions? options = null) => WithAsync(chromium.NewUserAsync(options));

    private protected Task<OAuthClient> ClientAsync(
        string name = "Inspector", string host = "127.0.0.1", Resource? resource = null, bool isCreatedByOperator = false) =>
        WithAsync(isCreatedByOperator
            ? OAuthClient.CreateAsync(demo, resource ?? demo.Notes, name, host)
            : OAuthClient.RegisterAsync(demo, resource ?? demo.Notes, name, host));

    private protected Task<LoopbackSite> SiteAsync(string host, RequestDelegate response) =>
        WithAsync(LoopbackSite.StartAsync(host, response));

    private protected Task<ThirdPartyLoginPage> ThirdPartyLoginPageAsync(
        string verification, Dictionary<string, object> resource, object? user = null, bool returnsProof = false) =>
        WithAsync(ThirdPartyLoginPage.StartAsync(demo, verification, resource, user, returnsProof));

    public virtual ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public virtual async ValueTask DisposeAsync()
    {
        var hasFailed = TestContext.Current.TestState?.Result == TestResult.Failed;
        foreach (var (number, participant) in participants.Index().Reverse())
        {
            if (hasFailed && participant is BrowserUser person)
            {
                var test = $"{TestContext.Current.TestClass?.TestClassSimpleName}.{TestContext.Current.TestMethod?.MethodName}";
                await person.SaveStateAsync(Failures, $"{test}.{number.ToString(CultureInfo.InvariantCulture)}");
            }

            await participant.DisposeAsync();
        }

        GC.SuppressFinalize(this);
    }

    private async Task<T> WithAsync<T>(Task<T> creation)
        where T : IAsyncDisposable
    {
        var participant = await creation;
        participants.Add(participant);
        return participant;
    }
}
