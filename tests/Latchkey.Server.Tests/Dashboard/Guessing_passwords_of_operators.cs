using System.Net;
using Latchkey.Server.Operators;
using Latchkey.Server.Tests.Actors;
using Microsoft.Extensions.DependencyInjection;

namespace Latchkey.Server.Tests.Dashboard;

/// <summary>The back-off after wrong passwords: per account and network, never for passkeys.</summary>
public sealed class Guessing_passwords_of_operators(OnSqlite host) : IClassFixture<OnSqlite>
{
    private static readonly IPAddress Own = IPAddress.Parse("192.0.2.1");
    private static readonly IPAddress Foreign = IPAddress.Parse("198.51.100.7");

    [Fact]
    public void The_wait_doubles_from_one_second_to_five_minutes()
    {
        var backoff = new SignInBackoff(host.Clock);
        foreach (var seconds in new[] { 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300 })
        {
            Assert.Null(backoff.Begin("grace@acme.example", Own));
            Assert.Equal(seconds, backoff.Begin("grace@acme.example", Own));
            host.Clock.Advance(TimeSpan.FromSeconds(seconds));
        }
    }

    [Fact]
    public void A_stranger_of_another_network_cannot_lock_an_operator_out()
    {
        var backoff = new SignInBackoff(host.Clock);
        for (var guess = 0; guess < 100; guess++)
        {
            backoff.Begin("grace@acme.example", Foreign);
            host.Clock.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.NotNull(backoff.Begin("grace@acme.example", Foreign));
        Assert.Null(backoff.Begin("grace@acme.example", Own));
        Assert.Null(backoff.Begin("other@acme.example", Foreign));
    }

    [Fact]
    public void Concurrent_guesses_do_not_evade_the_wait()
    {
        var backoff = new SignInBackoff(host.Clock);
        Assert.Equal(1, Enumerable.Range(0, 50).AsParallel().Count(_ => backoff.Begin("grace@acme.example", Own) is null));
    }

    [Fact]
    public void The_memory_of_the_back_off_is_bounded()
    {
        var backoff = new SignInBackoff(host.Clock);
        for (var account = 0; account < 50_000; account++)
        {
            Assert.Null(backoff.Begin($"{account}@acme.example", Foreign));
        }

        Assert.NotNull(backoff.Begin("49999@acme.example", Foreign));
    }

    [Fact]
    public async Task An_attempt_within_the_wait_is_refused_for_known_and_unknown_accounts_alike()
    {
        var hash = await host.Services.GetRequiredService<OperatorPasswords>().HashAsync(DashboardForms.Password, default);
        var known = await DashboardUser.AddOperatorAsync(host, OperatorRole.Owner, hash);
        using var browser = new Browser(host);
        foreach (var email in new[] { known.Email, "nobody@acme.example" })
        {
            // Several failures, so that the wait is longer than the test takes.
            for (var failure = 0; failure < 6; failure++)
            {
                using var wrong = await browser.SignInAsync(email, "a wrong password");
                await wrong.ExpectErrorAsync(HttpStatusCode.Unauthorized, "sign_in_failed");
                host.Clock.Advance(SignInBackoff.Longest);
            }

            using var last = await browser.SignInAsync(email, "a wrong password");
            await last.ExpectErrorAsync(HttpStatusCode.Unauthorized, "sign_in_failed");
            using var early = await browser.SignInAsync(email, DashboardForms.Password);
            await early.ExpectErrorAsync(HttpStatusCode.TooManyRequests, "too_soon");
            Assert.InRange(early.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 64);
        }

        // A passkey is not slowed.
        using var options = await browser.PostAsync("/dashboard/sign-in/passkey/options");
        Assert.Equal(HttpStatusCode.OK, options.StatusCode);
        host.Clock.Advance(SignInBackoff.Longest);
        using var right = await browser.SignInAsync(known.Email, DashboardForms.Password);
        right.ExpectRedirect("/dashboard");
    }

    [Fact]
    public async Task A_flood_of_passwords_does_not_occupy_the_CPU()
    {
        var passwords = host.Services.GetRequiredService<OperatorPasswords>();
        var verdicts = await Task.WhenAll(Enumerable.Range(0, 60).Select(
            _ => Task.Run(() => passwords.CheckAsync(null, "a wrong password", default))));
        Assert.Contains(verdicts, verdict => verdict is null);
        Assert.DoesNotContain(true, verdicts);
    }
}
