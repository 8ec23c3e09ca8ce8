using System.Net.Http.Json;
using System.Text.Json;
using Latchkey.Server.Telemetry;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Telemetry;

/// <summary>Debian has no OpenTelemetry collector, so the tests receive OTLP themselves (<see cref="Collector"/>).</summary>
public sealed class Trace_of_a_login(WithCollector host) : IClassFixture<WithCollector>
{
    private static readonly string[] StepsOfALogin =
        [Steps.Authorize, Steps.Report, Steps.Callback, Steps.ConsentPage, Steps.ConsentDecision, Steps.Token];

    private Collector Collector => host.Collector!;

    [Fact]
    public async Task All_steps_of_a_login_are_in_one_trace_and_name_its_reference()
    {
        using var login = await LoginFlow.AtAsync(host, LoginFlow.Exchanged);
        var reference = await ReferenceAsync(login);

        var steps = new List<ReceivedSpan>();
        foreach (var step in StepsOfALogin)
        {
            steps.Add(await Collector.SpanAsync(span => span.Name == step && Of(span) == reference));
        }

        Assert.Single(steps.Select(step => step.Trace).Distinct(StringComparer.Ordinal));
        Assert.All(steps, step => Assert.Contains(
            Collector.Spans,
            child => child.Parent == step.Id && child.Trace == step.Trace && child.Name.StartsWith("storage", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Two_logins_have_two_traces()
    {
        using var first = await LoginFlow.AtAsync(host, LoginFlow.Exchanged);
        using var second = await LoginFlow.AtAsync(host, LoginFlow.Exchanged);
        var (one, other) = (await ReferenceAsync(first), await ReferenceAsync(second));

        var (a, b) = (await TokenSpanAsync(one, "authorization_code"), await TokenSpanAsync(other, "authorization_code"));

        Assert.NotEqual(a.Trace, b.Trace);
    }

    [Fact]
    public async Task A_refresh_has_its_own_trace_and_links_to_that_of_the_sign_in()
    {
        using var login = await LoginFlow.AtAsync(host, LoginFlow.Exchanged);
        using var refreshed = await login.Client.RefreshAsync(login.Tokens!.Refresh!);
        var reference = await ReferenceAsync(login);

        var (code, refresh) = (await TokenSpanAsync(reference, "authorization_code"), await TokenSpanAsync(reference, "refresh_token"));

        Assert.NotEqual(code.Trace, refresh.Trace);
        Assert.Equal([code.Trace], refresh.Links);
    }

    [Fact]
    public async Task The_authorization_request_links_to_the_trace_of_its_pushed_request()
    {
        var company = await host.CompanyAsync("required");
        var client = await McpClient.RegisterAsync(company);
        using var pushed = await client.PostAsync(
            "/oauth/par",
            [.. Browser.QueryOf(new Uri("https://x.example" + client.Authorize())).Select(p => (p.Key, (string?)p.Value))], []);
        var answer = await pushed.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);
        var reference = Uri.EscapeDataString(answer.GetProperty("request_uri").GetString()!);
        using var browser = new Browser(host);
        var redirect = await browser.StartAsync($"{client.Entry}/oauth/authorize?client_id={client.Id}&request_uri={reference}");
        var signIn = await ReferenceAsync(redirect.LoginRequestId);

        var authorize = await Collector.SpanAsync(span => span.Name == Steps.Authorize && Of(span) == signIn);
        var push = await Collector.SpanAsync(span => span.Name == Steps.Push && authorize.Links.Contains(span.Trace));

        Assert.Equal([push.Trace], authorize.Links);
        Assert.NotEqual(push.Trace, authorize.Trace);
    }

    [Fact]
    public async Task The_span_of_a_refusal_has_its_cause()
    {
        using var login = await LoginFlow.AtAsync(host, LoginFlow.AwaitingConsent);
        using var denied = await login.Browser.DecideAsync(login.Consent!, "deny");
        var reference = await ReferenceAsync(login);

        var decision = await Collector.SpanAsync(span => span.Name == Steps.ConsentDecision && Of(span) == reference);

        Assert.Equal("denied", decision.Attributes["latchkey.cause"]);
    }

    [Fact]
    public async Task Management_tokens_have_a_span_without_a_sign_in()
    {
        await host.ManagementTokenAsync(LatchkeyHost.OperatorId, LatchkeyHost.OperatorSecret);

        var span = await Collector.SpanAsync(s => s.Attributes.GetValueOrDefault("latchkey.grant_type") == "client_credentials");

        Assert.DoesNotContain(StepSpan.SignInAttribute, span.Attributes.Keys);
    }

    [Fact]
    public async Task No_span_contains_an_id_of_a_person_a_code_a_token_or_a_state()
    {
        using var login = await LoginFlow.AtAsync(host, LoginFlow.Exchanged);
        await TokenSpanAsync(await ReferenceAsync(login), "authorization_code");
        string[] secrets =
        [
            login.Code!, login.Redirect.State, login.Redirect.LoginRequestId, login.Tokens!.Access, login.Tokens.Refresh!, "ada",
            login.Client.Id, "code_challenge", "redirect_uri",
        ];

        var texts = Collector.Spans.SelectMany(span => span.Attributes.Values.Append(span.Name)).ToList();

        Assert.DoesNotContain(texts, text => secrets.Any(secret => text.Contains(secret, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_trace_context_of_a_caller_is_ignored()
    {
        const string Foreign = "4bf92f3577b34da6a3ce929d0e0e4736";
        using var login = await LoginFlow.AtAsync(host, LoginFlow.AwaitingExchange);
        using var client = host.NewClient();
        client.DefaultRequestHeaders.Add("traceparent", $"00-{Foreign}-00f067aa0ba902b7-01");
        using var response = await client.GetAsync(new Uri($"{host.Address}/oauth/authorize?client_id=unknown"));

        var refused = await Collector.SpanAsync(span =>
            span.Name == Steps.Authorize && span.Attributes["http.response.status_code"] == "400");

        Assert.NotEqual(Foreign, refused.Trace);
        Assert.Equal("", refused.Parent);
    }

    [Fact]
    public async Task Metrics_and_logs_are_exported_too()
    {
        using var login = await LoginFlow.AtAsync(host, LoginFlow.AwaitingLogin);
        for (var tries = 0; tries < 100 && (Collector.RequestsTo("/v1/metrics") == 0 || Collector.RequestsTo("/v1/logs") == 0); tries++)
        {
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }

        Assert.NotEqual(0, Collector.RequestsTo("/v1/metrics"));
        Assert.NotEqual(0, Collector.RequestsTo("/v1/logs"));
    }

    private static string? Of(ReceivedSpan span) => span.Attributes.GetValueOrDefault(StepSpan.SignInAttribute);

    private Task<ReceivedSpan> TokenSpanAsync(string reference, string grantType) => Collector.SpanAsync(
        span => span.Name == Steps.Token && Of(span) == reference && span.Attributes["latchkey.grant_type"] == grantType);

    private Task<string> ReferenceAsync(LoginFlow login) => ReferenceAsync(login.Redirect.LoginRequestId);

    private async Task<string> ReferenceAsync(string loginRequest) =>
        (await host.SendAsync(HttpMethod.Get, $"/api/v1/auth-requests/{loginRequest}")).GetProperty("auth_request")
            .GetProperty("reference").GetString()!;
}
