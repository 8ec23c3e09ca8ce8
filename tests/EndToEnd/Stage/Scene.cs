using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Playwright;

namespace EndToEnd.Stage;

/// <summary>What the tests of one situation share: the running programs, and who takes part. When a test fails, what each person had in front of them is kept.</summary>
public abstract class Scene(RunningDemo demo, Chromium chromium) : IAsyncLifetime
{
    private readonly List<IAsyncDisposable> cast = [];

    internal static string Failures { get; } = Path.Combine(DemoProgram.Built("Artifacts"), "tests", "end-to-end-failures");

    private protected RunningDemo Demo => demo;

    private protected Task<Person> PersonAsync(BrowserNewContextOptions? options = null) => WithAsync(chromium.NewPersonAsync(options));

    private protected Task<ClientProgram> ClientAsync(string name = "Inspector", string host = "127.0.0.1", Resource? resource = null, bool isMadeByOperator = false) =>
        WithAsync(isMadeByOperator ? ClientProgram.CreateAsync(demo, resource ?? demo.Notes, name, host) : ClientProgram.RegisterAsync(demo, resource ?? demo.Notes, name, host));

    private protected Task<LoopbackSite> SiteAsync(string host, RequestDelegate answer) => WithAsync(LoopbackSite.StartAsync(host, answer));

    private protected Task<LiteralLoginPage> LiteralLoginPageAsync(string verification, Dictionary<string, object> resource, object? user = null) =>
        WithAsync(LiteralLoginPage.StartAsync(demo, verification, resource, user));

    public virtual ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public virtual async ValueTask DisposeAsync()
    {
        var hasFailed = TestContext.Current.TestState?.Result == TestResult.Failed;
        foreach (var (number, actor) in cast.Index().Reverse())
        {
            if (hasFailed && actor is Person person)
            {
                var test = $"{TestContext.Current.TestClass?.TestClassSimpleName}.{TestContext.Current.TestMethod?.MethodName}";
                await person.KeepAsync(Failures, $"{test}.{number.ToString(CultureInfo.InvariantCulture)}");
            }

            await actor.DisposeAsync();
        }

        GC.SuppressFinalize(this);
    }

    private async Task<T> WithAsync<T>(Task<T> arriving)
        where T : IAsyncDisposable
    {
        var actor = await arriving;
        cast.Add(actor);
        return actor;
    }
}
